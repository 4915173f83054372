"""A request's query parameters, decoded as dockerd decodes them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hutch.model import filters
from hutch.model.errors import Invalid

MAX_PARAMETERS = 2000
_NO = frozenset(("", "0", "no", "false", "none"))


class Query:
    """The parameters of one request; the first value counts where one is wanted."""

    __slots__ = ("_values",)

    def __init__(self, text: str) -> None:
        self._values: dict[str, list[str]] = {}
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS) if text else []
        except ValueError:
            raise Invalid("too many query parameters") from None
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def has(self, name: str) -> bool:
        """Whether the parameter is there, with whatever value."""
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """The first value."""
        values = self._values.get(name)
        return values[0] if values else default

    def all(self, name: str) -> list[str]:
        """Every value."""
        return list(self._values.get(name, ()))

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean: everything but nothing, ``0``, ``no``, ``false`` and ``none`` is true; ``default`` if absent."""
        if name not in self._values:
            return default
        return self.text(name).strip().lower() not in _NO

    def number(self, name: str) -> int | None:
        """A decimal number, None if absent or empty; Invalid with the text that dockerd's parser gives."""
        return integer(text) if (text := self.text(name)) else None

    def size(self, name: str) -> int:
        """A terminal's rows or columns: a required number of 32 bits, of which a terminal knows 16 (tty_ioctl(4))."""
        text, side = self.text(name), "height" if name == "h" else "width"
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()):
            raise Invalid(f'invalid resize {side} "{text[:64]}": invalid syntax')
        if len(digits) > 64 or int(digits) > 0xFFFFFFFF or text.startswith("-"):
            raise Invalid(f'invalid resize {side} "{text[:64]}": value out of range')
        return int(text) & 0xFFFF

    def filters(self, *known: str) -> dict[str, list[str]]:
        """The ``filters`` parameter; Invalid for a key that is not ``known`` (no check if none is named)."""
        decoded = filters.decode(self.text("filters"))
        if known:
            filters.check(decoded, frozenset(known))
        return decoded


def integer(text: str) -> int:
    """A decimal number with an optional sign. Raises Invalid with dockerd's words, which clients may show."""
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid(f'strconv.Atoi: parsing "{text[:64]}": invalid syntax')
    if len(digits) > 18:
        raise Invalid(f'strconv.Atoi: parsing "{text[:64]}": value out of range')
    return int(text)
