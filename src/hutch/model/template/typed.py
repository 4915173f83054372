"""JSON data as the Go structs that Docker's command decodes it to, which is what its templates see.

A table (text) names every struct and its fields; :func:`Schema.typed` makes of a JSON value what Go would have: a field
that the answer leaves out, or that is null, has the zero value of its type. So ``{{len .HostConfig.Binds}}`` is 0,
``{{.Config.ExposedPorts}}`` is ``map[]`` and a missing field an error.

    Struct Field[=JsonName][?]:kind ...      ``?`` marks ``omitempty``; a line that begins with a blank goes on

A kind is ``s`` string, ``i`` integer, ``f`` float, ``b`` bool, ``d`` duration, ``t`` time, ``a`` anything, ``e`` the
empty struct, or the name of a struct; before it ``[]`` for a list, ``{}`` for a map by strings, ``*`` for a pointer.
``^Struct`` is one that is embedded: its fields are also the outer one's.
"""

from __future__ import annotations

from hutch.model.duration import format_duration
from hutch.model.template.printing import Record, Shown, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Field = tuple[str, str, bool, str]

_GO = {"s": "string", "i": "int", "f": "float64", "b": "bool", "d": "time.Duration", "t": "time.Time", "e": "struct {}"}
_ZERO = {"s": "", "i": 0, "f": 0.0, "b": False}
_NEVER = "0001-01-01T00:00:00Z"


class Struct(Record):
    """A struct; its keys are the fields' Go names, those of embedded structs among them."""

    def __init__(self, values: dict[str, Any], fields: list[Field], type_name: str) -> None:
        super().__init__(values)
        for name, _, _, kind in fields:
            if kind[0] == "^":
                self.update(values[name])
        self.fields = fields
        self.type_name = type_name

    def parts(self) -> list[Any]:
        """See :class:`Record`."""
        return [self[name] for name, _, _, _ in self.fields]

    def names(self) -> list[str]:
        """See :class:`Record`."""
        return [name for name, _, _, _ in self.fields]


class Pointer(Shown):
    """A pointer to a scalar: true whatever that is."""

    type_name = "*"

    def __init__(self, value: Any) -> None:
        self.value = value

    def shown(self) -> str:
        """As Go prints it."""
        return show(self.value)


class Limit(Struct, Shown):
    """A ulimit, which prints as it is written on the command line."""

    def shown(self) -> str:
        """``nofile=100:200``."""
        return f"{self['Name']}={self['Soft']}:{self['Hard']}"


class Nil(Shown):
    """A pointer to nothing."""

    type_name = "<nil>"

    def __bool__(self) -> bool:
        return False

    def shown(self) -> str:
        """As Go prints it."""
        return "<nil>"


NIL = Nil()


class List(list["Any"]):
    """A slice, which may be nil: that shows in JSON alone."""

    null = False
    type_name = "[]interface {}"


class Map(dict[str, "Any"]):
    """A map; ``zero`` is what ``index`` finds under a key that is not there."""

    null = False
    zero: Any = None
    type_name = "map[string]interface {}"


class Duration(int, Shown):
    """Nanoseconds that print as ``30s``."""

    def shown(self) -> str:
        """As Go prints it."""
        return format_duration(self)


class Number(str):
    """A number of an answer that is not decoded to structs: to Go's templates text, printed as it came."""

    type_name = "json.Number"


class Time(str, Shown):
    """A moment (RFC 3339) that prints as Go prints one."""

    def shown(self) -> str:
        """``2006-01-02 15:04:05.9 +0000 UTC``."""
        date, _, clock = self.partition("T")
        if clock.endswith("Z"):
            return f"{date} {_clock(clock[:-1])} +0000 UTC"
        clock, zone = clock[:-6], clock[-6:].replace(":", "")
        return f"{date} {_clock(clock)} {zone} {zone}"

    def text(self) -> str:
        """As JSON has it: without zeros at the end of the fraction."""
        date, _, clock = self.partition("T")
        zone = "Z" if clock.endswith("Z") else clock[-6:]
        return f"{date}T{_clock(clock.removesuffix(zone))}{zone}"


def _clock(text: str) -> str:
    whole, point, part = text.partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part}" if point and part else whole


class Schema:
    """A table of structs."""

    def __init__(self, table: str) -> None:
        self.structs: dict[str, list[Field]] = {}
        for line in table.replace("\n ", " ").strip().split("\n"):
            name, *fields = line.split()
            self.structs[name] = [_field(field) for field in fields]

    def typed(self, value: Any, kind: str, pointer: bool = False) -> Any:
        """``value`` from JSON as a value of ``kind``. What does not fit its kind is taken as it is."""
        if kind[0] == "*":
            found = NIL if value is None else self.typed(value, kind[1:], True)
            return found if isinstance(found, Struct | Nil) else Pointer(found)
        if kind[:2] == "[]":
            items = List(self.typed(item, kind[2:]) for item in (value if isinstance(value, list) else ()))
            items.null, items.type_name = value is None, self.name(kind)
            return items
        if kind[:2] == "{}":
            given = value if isinstance(value, dict) else {}
            mapped = Map({key: self.typed(item, kind[2:]) for key, item in given.items()})
            mapped.null, mapped.type_name = value is None, self.name(kind)
            # by a port nothing is found: the keys are of a type of their own, and Docker looks into the JSON then
            mapped.zero = None if kind[2:] in ("a", "[]nat.PortBinding") else self.typed(None, kind[2:])
            return mapped
        if kind in self.structs:
            fields, source = self.structs[kind], value if isinstance(value, dict) else {}
            values = {}
            for name, key, _, of in fields:
                values[name] = self.typed(source, of[1:]) if of[0] == "^" else self.typed(source.get(key), of)
            made = Limit if kind.endswith(".Ulimit") else Struct
            return made(values, fields, ("*" if pointer else "") + kind)
        return _scalar(value, kind)

    def name(self, kind: str) -> str:
        """The Go type of a kind, for messages."""
        if kind[:2] == "[]":
            return "[]" + self.name(kind[2:])
        if kind[:2] == "{}":
            return "map[string]" + self.name(kind[2:])
        return "*" + self.name(kind[1:]) if kind[0] == "*" else _GO.get(kind, "interface {}" if kind == "a" else kind)


def raw(value: Any) -> Any:
    """An answer as it is, with its integers as :class:`Number`."""
    if isinstance(value, list):
        return [raw(item) for item in value]
    if isinstance(value, dict):
        return {key: raw(item) for key, item in value.items()}
    return Number(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _field(text: str) -> Field:
    if text[0] == "^":
        return text[1:].partition(".")[2], "", False, text
    names, _, kind = text.partition(":")
    omit = names.endswith("?")
    name, _, key = names.rstrip("?").partition("=")
    return name, key or name, omit, kind


def _scalar(value: Any, kind: str) -> Any:
    if kind == "d":
        return Duration(value or 0)
    if kind == "t":
        return Time(value or _NEVER)
    if kind == "e":
        return Struct({}, [], "struct {}")
    return _ZERO.get(kind) if value is None else value


def plain(value: Any) -> Any:
    """The value as Go's encoder writes it to JSON: fields in the struct's order, empty ones left out where marked."""
    if isinstance(value, Struct):
        out = {}
        for name, key, omit, kind in value.fields:
            item = value[name]
            if kind[0] == "^":
                out.update(plain(item))
            elif not (omit and not isinstance(item, Struct) and not item):
                out[key] = plain(item)
        return out
    if isinstance(value, Nil) or (isinstance(value, List | Map) and value.null):
        return None
    if isinstance(value, Pointer):
        return value.value
    if isinstance(value, Time):
        return value.text()
    if isinstance(value, Number):
        return int(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(value[key]) for key in sorted(value)}
    return value
