"""The functions of a template: Go's own and those that Docker's ``--format`` adds.

Each takes its arguments as a list and returns a value, or raises :class:`Refused` with Go's text. ``and`` and ``or``
are evaluated in ``evaluate`` since they stop early; they stand here only by name.
"""

from __future__ import annotations

from hutch.model import json_text
from hutch.model.template.printing import MISSING, Record, Row, show, sprint, sprintf, sprintln, type_of
from hutch.model.template.typed import NIL, Map, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Refused(Exception):
    """A function cannot take its arguments."""


def truth(value: Any) -> bool:
    """Whether a value counts as true in ``if``: not zero, not empty, not missing."""
    return True if isinstance(value, Row | Record) else bool(value)


def _count(name: str, arguments: list[Any], least: int, most: int | None) -> None:
    given = len(arguments)
    if most == least and given != least:
        raise Refused(f"wrong number of args for {name}: want {least} got {given}")
    if given < least:
        raise Refused(f"wrong number of args for {name}: want at least {least} got {given}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(f"wrong type for value; expected string; got {type_of(value)}")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(f"wrong type for value; expected int; got {type_of(value)}")
    return value


def _length(arguments: list[Any]) -> int:
    value = arguments[0]
    if value is MISSING:
        raise Refused("error calling len: reflect: call of reflect.Value.Type on zero Value")
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, list | dict) and not isinstance(value, Record):
        return len(value)
    if value is None or value is NIL:
        raise Refused("error calling len: len of nil pointer")
    raise Refused(f"error calling len: len of type {type_of(value)}")


def _index(arguments: list[Any]) -> Any:
    value = arguments[0]
    for key in arguments[1:]:
        if value is None:
            raise Refused(
                "error calling index: index of nil pointer"
                if key is None
                else "error calling index: index of untyped nil"
            )
        if isinstance(value, dict) and not isinstance(value, Record):
            if not isinstance(key, str):
                raise Refused(f"error calling index: value has type {type_of(key)}; should be string")
            value = value.get(key, value.zero if isinstance(value, Map) else None)
        elif isinstance(value, list | str):
            if isinstance(key, bool) or not isinstance(key, int):
                raise Refused(f"error calling index: cannot index slice/array with type {type_of(key)}")
            if not 0 <= key <= len(value):
                raise Refused(f"error calling index: index out of range: {key}")
            if key == len(value):
                of = "string" if isinstance(value, str) else "slice"
                raise Refused(f"error calling index: reflect: {of} index out of range")
            value = value.encode()[key] if isinstance(value, str) else value[key]
        else:
            raise Refused(f"error calling index: can't index item of type {type_of(value)}")
    return value


def _slice(arguments: list[Any]) -> Any:
    value = arguments[0]
    if not isinstance(value, str | list):
        raise Refused(f"error calling slice: can't slice item of type {type_of(value)}")
    if len(arguments) > (3 if isinstance(value, str) else 4):
        raise Refused(f"error calling slice: too many slice indexes: {len(arguments) - 1}")
    data: Any = value.encode() if isinstance(value, str) else value
    bounds = [_integer(bound) for bound in arguments[1:]]
    for bound in bounds:
        if not 0 <= bound <= len(data):
            raise Refused(f"error calling slice: index out of range: {bound}")
    low = bounds[0] if bounds else 0
    high = bounds[1] if len(bounds) > 1 else len(data)
    if low > high:
        raise Refused(f"error calling slice: invalid slice index: {low} > {high}")
    piece = data[low:high]
    return piece.decode(errors="replace") if isinstance(value, str) else piece


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    if isinstance(value, str):
        return "string"
    return "nil" if value is None or value is NIL else "other"


def _equal(name: str, one: Any, other: Any) -> bool:
    first, second = _kind(one), _kind(other)
    if "nil" in (first, second):
        return first == second
    if "other" in (first, second):
        raise Refused(f"error calling {name}: non-comparable type {show(one)}: {type_of(one)}")
    if first != second:
        raise Refused(f"error calling {name}: incompatible types for comparison")
    return bool(one == other)


def _eq(arguments: list[Any]) -> bool:
    if len(arguments) < 2:
        raise Refused("error calling eq: missing argument for comparison")
    return any(_equal("eq", arguments[0], other) for other in arguments[1:])


def _less(name: str, one: Any, other: Any) -> bool:
    first, second = _kind(one), _kind(other)
    if first not in ("int", "float", "string") or second not in ("int", "float", "string"):
        raise Refused(f"error calling {name}: invalid type for comparison")
    if first != second:
        raise Refused(f"error calling {name}: incompatible types for comparison")
    return bool(one < other)


_HTML = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "'": "&#39;", '"': "&#34;", "\0": "\ufffd"}
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


def _escape(table: dict[str, str], text: str, control: bool) -> str:
    return "".join(table.get(c) or (f"\\u{ord(c):04X}" if control and ord(c) < 32 else c) for c in text)


def _urlquery(text: str) -> str:
    keep = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~"
    return "".join(chr(b) if b in keep else "+" if b == 32 else f"%{b:02X}" for b in text.encode())


def _json(arguments: list[Any]) -> str:
    value = arguments[0]
    if isinstance(value, Row):  # its own encoder, as that of ``--format json``
        return json_text.escape_html(json_text.encode(value.to_json()))
    return json_text.encode(plain(value))


def _title(arguments: list[Any]) -> str:
    out, begun = "", False
    for char in _text(arguments[0]):
        out += char if begun else char.upper()
        begun = char.isalnum() or char in "_'"
    return out


def _split(arguments: list[Any]) -> list[str]:
    text, separator = _text(arguments[0]), _text(arguments[1])
    return text.split(separator) if separator else list(text)


def _join(arguments: list[Any]) -> str:
    if not isinstance(arguments[0], list):
        raise Refused(f"wrong type for value; expected []string; got {type_of(arguments[0])}")
    return _text(arguments[1]).join(show(item, False) for item in arguments[0])


def _pad(arguments: list[Any]) -> str:
    text = _text(arguments[0])
    return " " * _integer(arguments[1]) + text + " " * _integer(arguments[2]) if text else text


def _truncate(arguments: list[Any]) -> str:
    text, most = _text(arguments[0]), _integer(arguments[1])
    return text[: max(most, 0)]


def _no_call(arguments: list[Any]) -> Any:
    raise Refused(f"error calling call: non-function {show(arguments[0])} of type {type_of(arguments[0])}")


# name -> (least arguments, most arguments or None, function)
FUNCTIONS: dict[str, tuple[int, int | None, Callable[[list[Any]], Any]]] = {
    "and": (1, None, lambda a: a[-1]),
    "or": (1, None, lambda a: a[-1]),
    "not": (1, 1, lambda a: not truth(a[0])),
    "len": (1, 1, _length),
    "index": (1, None, _index),
    "slice": (1, None, _slice),
    "print": (0, None, sprint),
    "printf": (1, None, lambda a: sprintf(_text(a[0]), a[1:])),
    "println": (0, None, sprintln),
    "html": (0, None, lambda a: _escape(_HTML, sprint(a), False)),
    "js": (0, None, lambda a: _escape(_JS, sprint(a), True)),
    "urlquery": (0, None, lambda a: _urlquery(sprint(a))),
    "call": (1, None, _no_call),
    "eq": (1, None, _eq),
    "ne": (2, 2, lambda a: not _equal("ne", a[0], a[1])),
    "lt": (2, 2, lambda a: _less("lt", a[0], a[1])),
    "le": (2, 2, lambda a: _less("le", a[0], a[1]) or _equal("le", a[0], a[1])),
    "gt": (2, 2, lambda a: _less("gt", a[1], a[0])),
    "ge": (2, 2, lambda a: _less("ge", a[1], a[0]) or _equal("ge", a[0], a[1])),
    "json": (1, 1, _json),
    "split": (2, 2, _split),
    "join": (2, 2, _join),
    "title": (1, 1, _title),
    "lower": (1, 1, lambda a: _text(a[0]).lower()),
    "upper": (1, 1, lambda a: _text(a[0]).upper()),
    "pad": (3, 3, _pad),
    "truncate": (2, 2, _truncate),
}


OF_TEXTS = frozenset(("json", "split", "join", "title", "lower", "upper", "truncate"))
"""Functions of Docker's that make other texts of texts."""


def call(name: str, arguments: list[Any]) -> Any:
    """Calls a function by name; raises :class:`Refused`."""
    least, most, function = FUNCTIONS[name]
    _count(name, arguments, least, most)
    return function(arguments)
