"""Sizes of memory and files in the notation of Docker's flags and tables."""

from __future__ import annotations

from hutch.model.errors import Invalid

_LETTERS = "kmgtpezy"
_DECIMAL = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")


def _number(text: str) -> float:
    if not text or any(c in "_ \t\n" for c in text):
        raise ValueError
    return float(text)


def _parse(text: str, base: int) -> int:
    end = len(text)
    while end and text[end - 1] not in "0123456789. ":
        end -= 1
    if end == 0:
        raise Invalid(f"invalid size: '{text}'")
    suffix = text[end:].lower()
    digits = text[: end - 1] if text[end - 1] == " " else text[:end]
    try:
        value = _number(digits)
    except ValueError:
        raise Invalid(f'strconv.ParseFloat: parsing "{digits}": invalid syntax') from None
    if value < 0 or value != value or value in (float("inf"),):
        raise Invalid(f"invalid size: '{text}'")
    if suffix in ("", "b"):
        return int(value)
    power = _LETTERS.find(suffix[0]) + 1
    if power == 0 or power > 5 or suffix[1:] not in ("", "b", "ib"):
        raise Invalid(f"invalid suffix: '{suffix}'")
    return int(value * base**power)


def parse_size(text: str) -> int:
    """Bytes of a memory or shared-memory size (``512m``, ``1.5g``, ``64 KiB``); letters mean powers of 1024.

    Raises :class:`Invalid` for negative sizes and unknown units.
    """
    return _parse(text, 1024)


def parse_decimal_size(text: str) -> int:
    """Bytes of a file size; letters mean powers of 1000 (``10MB`` is 10 000 000). Raises :class:`Invalid`."""
    return _parse(text, 1000)


def _human(size: float, base: float, units: tuple[str, ...], precision: int) -> str:
    index = 0
    while size >= base and index < len(units) - 1:
        size /= base
        index += 1
    return f"{size:.{precision}g}{units[index]}"


def human_size(size: float, precision: int = 4) -> str:
    """A size for people in powers of 1000: ``1.98MB``. Tables of images and containers use ``precision`` 3."""
    return _human(size, 1000.0, _DECIMAL, precision)


def binary_size(size: float) -> str:
    """A size for people in powers of 1024: ``15.5MiB``, as ``info`` prints memory."""
    return _human(size, 1024.0, _BINARY, 4)
