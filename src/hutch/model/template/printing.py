"""Values as Go's ``fmt`` prints them: ``map[a:b]``, ``[a b]``, ``<nil>``, and the verbs of ``printf``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Record(dict[str, "Any"]):
    """A JSON object that is a struct in Docker's API: printed as ``{value value}`` in the order of its fields."""

    type_name = "struct"

    def parts(self) -> list[Any]:
        """What is printed: the values of the struct's own fields."""
        return list(self.values())

    def names(self) -> list[str]:
        """The names of these fields."""
        return list(self)


class Shown:
    """A value that prints in its own way, whatever it is made of."""

    def shown(self) -> str:
        """What ``%v`` prints."""
        return ""


class Missing:
    """What a map has under a key that is not there: ``<no value>``, and so is every field of it."""

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


class Row:
    """One line of a table of Docker's CLI: fields are looked up by :meth:`field`, not in a map."""

    type_name = "row"

    def field(self, name: str, arguments: list[Any]) -> Any:
        """The value of a field or method; raises KeyError if there is none."""
        raise KeyError(name, len(arguments))

    def to_json(self) -> dict[str, Any]:
        """What ``{{json .}}`` prints."""
        return {}


def type_of(value: Any) -> str:
    """The Go type that a value from JSON would have, for messages and ``%T``."""
    if isinstance(value, Row | Record) or hasattr(value, "type_name"):
        return str(value.type_name)
    if value is None or value is MISSING:
        return "<nil>"
    names = {bool: "bool", int: "int", float: "float64", str: "string", list: "[]interface {}"}
    return names.get(type(value), "map[string]interface {}")


def format_float(value: float) -> str:
    """A float as ``%v``: the shortest digits, an exponent from 1e21 on."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    if "e" in text and 1 <= abs(value) < 1e21:
        return f"{value:f}".rstrip("0").rstrip(".")
    return text


def show(value: Any, top: bool = True) -> str:
    """``value`` as ``{{.}}`` prints it; a missing value is ``<no value>`` at the top, else ``<nil>``."""
    if isinstance(value, Shown):
        return value.shown()
    if isinstance(value, str):
        return value
    if value is None or value is MISSING:
        return "<no value>" if top else "<nil>"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        return format_float(value)
    if isinstance(value, list):
        return "[" + " ".join(show(item, False) for item in value) + "]"
    if isinstance(value, Record):
        return "{" + " ".join(show(item, False) for item in value.parts()) + "}"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{show(value[key], False)}" for key in sorted(value)) + "]"
    return str(value)


def show_named(value: Any) -> str:
    """``value`` as ``%+v`` prints it: structs with the names of their fields."""
    if isinstance(value, list):
        return "[" + " ".join(show_named(item) for item in value) + "]"
    if isinstance(value, Record):
        pairs = zip(value.names(), value.parts(), strict=True)
        return "{" + " ".join(f"{name}:{show_named(part)}" for name, part in pairs) + "}"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{show_named(value[key])}" for key in sorted(value)) + "]"
    return show(value, False)


def quote(text: str) -> str:
    """A Go string literal (``%q``)."""
    out = []
    special = {
        '"': '\\"',
        "\\": "\\\\",
        "\n": "\\n",
        "\t": "\\t",
        "\r": "\\r",
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\v": "\\v",
    }
    for char in text:
        if char in special:
            out.append(special[char])
        elif char.isprintable():
            out.append(char)
        else:
            code = ord(char)
            out.append(f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return '"' + "".join(out) + '"'


def _bad(verb: str, value: Any) -> str:
    shown = "<nil>" if value is None else f"{type_of(value)}={show(value, False)}"
    return f"%!{verb}({shown})"


_INTEGER = {"d": "d", "b": "b", "o": "o", "x": "x", "X": "X"}


def _convert(verb: str, flags: str, precision: int | None, value: Any) -> str:
    """One value by one verb, without padding."""
    if verb == "T":
        return type_of(value)
    if verb == "v" and "#" in flags and isinstance(value, str):
        return quote(value)
    if verb == "v" and "+" in flags:
        return show_named(value)
    if verb == "v" or (verb == "s" and isinstance(value, Shown)):
        return show(value, False)
    if isinstance(value, list) and verb not in "vT":
        return "[" + " ".join(_convert(verb, flags, precision, item) for item in value) + "]"
    if isinstance(value, bool):
        return show(value) if verb == "t" else _bad(verb, value)
    if isinstance(value, str):
        cut = value if precision is None else value[:precision]
        if verb == "s":
            return cut
        if verb == "q":
            return quote(cut)
        if verb in "xX":
            return cut.encode().hex() if verb == "x" else cut.encode().hex().upper()
        return _bad(verb, value)
    if isinstance(value, int):
        plus = "+" if "+" in flags and value >= 0 else ""
        if verb in _INTEGER:
            prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}.get(verb, "") if "#" in flags else ""
            return plus + ("-" if value < 0 else "") + prefix + format(abs(value), _INTEGER[verb])
        if verb in "cqU":
            return {"c": chr(value), "q": f"'{chr(value)}'", "U": f"U+{value:04X}"}[verb]
        return _bad(verb, value)
    if isinstance(value, float):
        if verb in "eEfFgG":
            plus = "+" if "+" in flags and value >= 0 else ""
            if precision is None and verb in "gG":
                return plus + format_float(value)
            return plus + format(value, f".{6 if precision is None else precision}{verb}")
        return _bad(verb, value)
    return show(value, False) if verb == "s" and value is not None else _bad(verb, value)


def _spec(text: str, at: int, values: list[Any]) -> tuple[str, str, int | None, int]:
    """Flags, width, precision and the offset of the verb, of a directive that begins at ``at``."""
    start = at
    while at < len(text) and text[at] in "+-# 0":
        at += 1
    flags = text[start:at]
    parts = []
    for lead in ("", "."):
        if lead and text[at : at + 1] != ".":
            parts.append("")
            continue
        at += len(lead)
        if text[at : at + 1] == "*" and values:
            parts.append(str(values.pop(0)))
            at += 1
            continue
        start = at
        while at < len(text) and text[at].isdigit():
            at += 1
        parts.append(text[start:at] or ("0" if lead else ""))
    width, precision = parts
    if width.startswith("-"):
        flags, width = flags + "-", width[1:]
    return flags, width, int(precision) if precision else None, at


def sprintf(text: str, arguments: list[Any]) -> str:
    """Go's ``fmt.Sprintf`` for the values that JSON has."""
    values = list(arguments)
    out: list[str] = []
    at = 0
    while at < len(text):
        mark = text.find("%", at)
        if mark < 0:
            out.append(text[at:])
            break
        out.append(text[at:mark])
        flags, width, precision, at = _spec(text, mark + 1, values)
        if at >= len(text):
            out.append("%!(NOVERB)")
            break
        verb = text[at]
        at += 1
        if verb == "%":
            out.append("%")
            continue
        if not values:
            out.append(f"%!{verb}(MISSING)")
            continue
        value = values.pop(0)
        piece = _convert(verb, flags, precision, value)
        size = min(int(width or 0), 10_000)
        if "-" in flags:
            piece = piece.ljust(size)
        elif "0" in flags and not isinstance(value, str):
            piece = piece.zfill(size)
        else:
            piece = piece.rjust(size)
        out.append(piece)
    if values:
        extra = ", ".join("<nil>" if v is None else f"{type_of(v)}={show(v, False)}" for v in values)
        out.append(f"%!(EXTRA {extra})")
    return "".join(out)


def sprint(values: list[Any]) -> str:
    """Go's ``fmt.Sprint``: a blank between two values of which neither is a string."""
    out = ""
    for index, value in enumerate(values):
        if index and not isinstance(value, str) and not isinstance(values[index - 1], str):
            out += " "
        out += show(value, False)
    return out


def sprintln(values: list[Any]) -> str:
    """Go's ``fmt.Sprintln``."""
    return " ".join(show(value, False) for value in values) + "\n"
