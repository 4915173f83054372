"""JSON of the Engine API to and from structs, as tolerant and as strict as Go's decoder.

Clients of twelve years rely on its habits: keys match without regard to case, null means "not given" whatever the
type, unknown keys are ignored, and a wrong type is refused with a message that names the field. The structs are
``msgspec.Struct`` classes whose JSON names are set by ``rename``.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from hutch.model.errors import Invalid

T = TypeVar("T", bound=msgspec.Struct)
Convert = Callable[[Any, str], Any]

MAX_DEPTH = 64

StrSlice = Annotated[list[str] | None, "one string or a list of strings"]
"""A command or an entrypoint: a single string stands for a list of one."""


def decode(cls: type[T], value: object, *, path: str = "") -> T:
    """The struct of class ``cls`` that decoded JSON describes.

    ``path`` is where the value stands, for messages. Raises Invalid in the words of Go's ``encoding/json``.
    """
    result: T = _converter(cls)(value, path or cls.__name__)
    return result


def encode(value: msgspec.Struct) -> dict[str, Any]:
    """The JSON object of a struct: fields named in its ``omitempty`` are left out when empty, as Go does."""
    result: dict[str, Any] = {}
    omit: frozenset[str] = getattr(type(value), "omitempty", frozenset())
    for field in msgspec.structs.fields(value):
        item = getattr(value, field.name)
        if field.name in omit and (item is None or item == "" or item == 0 or item == [] or item == {}):
            # A pointer to zero is not empty in Go: such fields are None when absent.
            if item is None or type(None) not in get_args(_hints(type(value))[field.name]):
                continue
            if item in ([], {}):
                continue
        result[field.encode_name] = _plain(item)
    return result


def _plain(item: Any) -> Any:
    if isinstance(item, msgspec.Struct):
        return encode(item)
    if isinstance(item, list):
        return [_plain(i) for i in item]
    if isinstance(item, dict):
        return {k: _plain(item[k]) for k in sorted(item)}  # as Go writes maps
    return item


_hint_cache: dict[type, dict[str, Any]] = {}
_converters: dict[Any, Convert] = {}


def _hints(cls: type) -> dict[str, Any]:
    if cls not in _hint_cache:
        _hint_cache[cls] = get_type_hints(cls, include_extras=True)
    return _hint_cache[cls]


def _converter(hint: Any) -> Convert:
    known = _converters.get(hint)
    if known is None:
        # Structs may contain themselves one day: register before building.
        built: list[Convert] = []
        _converters[hint] = lambda value, path: built[0](value, path)
        built.append(_build(hint))
        _converters[hint] = known = built[0]
    return known


def _build(hint: Any) -> Convert:
    if hint is Any:
        return lambda value, _path: value
    origin = get_origin(hint)
    if origin is Annotated:
        return _str_slice
    if origin in (Union, types.UnionType):
        (inner,) = [a for a in get_args(hint) if a is not type(None)]
        return _converter(inner)
    if origin is list:
        return _list(_converter(get_args(hint)[0]), go_name(hint))
    if origin is dict:
        return _dict(_converter(get_args(hint)[1]), go_name(hint))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _struct(hint)
    return _scalar(hint)


def _scalar(cls: type) -> Convert:
    name = go_name(cls)

    def convert(value: Any, path: str) -> Any:
        if type(value) is cls:
            if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
                raise _mismatch(value, path, name)
            return value
        if cls is float and type(value) is int:
            return float(value)
        raise _mismatch(value, path, name)

    return convert


def _str_slice(value: Any, path: str) -> list[str]:
    if isinstance(value, str):
        return [value]
    return list(_converter(list[str])(value, path))


def _list(item: Convert, name: str) -> Convert:
    def convert(value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise _mismatch(value, path, name)
        return [item(v, path) for v in value if v is not None]

    return convert


def _dict(item: Convert, name: str) -> Convert:
    def convert(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise _mismatch(value, path, name)
        return {k: None if v is None else item(v, path) for k, v in value.items()}

    return convert


def _struct(cls: type[msgspec.Struct]) -> Convert:
    hints = _hints(cls)
    fields = {
        f.encode_name.lower(): (f.name, f.encode_name, _converter(hints[f.name])) for f in msgspec.structs.fields(cls)
    }

    def convert(value: Any, path: str) -> msgspec.Struct:
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            raise _mismatch(value, path, cls.__name__)
        if path.count(".") > MAX_DEPTH:
            raise Invalid("invalid JSON: exceeded max depth")
        given = {}
        for key, item in value.items():
            known = fields.get(key.lower()) if item is not None else None
            if known is not None:
                given[known[0]] = known[2](item, f"{path}.{known[1]}")
        return cls(**given)

    return convert


_GO_SCALARS: dict[Any, str] = {str: "string", int: "int64", bool: "bool", float: "float64", object: "interface {}"}


def go_name(hint: Any) -> str:
    """A type as Go spells it, for messages that people search for."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is list:
        return "[]" + go_name(args[0])
    if origin is dict:
        return f"map[string]{go_name(args[1])}"
    if origin in (Union, types.UnionType):
        return go_name(next(a for a in args if a is not type(None)))
    return _GO_SCALARS.get(hint) or str(getattr(hint, "__name__", "interface {}"))


def _mismatch(value: Any, path: str, name: str) -> Invalid:
    if isinstance(value, bool):
        kind = "bool"
    elif isinstance(value, (int, float)):
        # Go shows the number when its form is the reason.
        kind = f"number {value}" if name == "int64" else "number"
    else:
        kinds: dict[Any, str] = {str: "string", list: "array", dict: "object"}
        kind = kinds.get(type(value), type(value).__name__)
    what = f"Go struct field {path}" if "." in path else f"Go value of type {name}"
    tail = f" of type {name}" if "." in path else ""
    return Invalid(f"invalid JSON: json: cannot unmarshal {kind} into {what}{tail}")
