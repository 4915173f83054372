"""Durations as Go writes, reads and rounds them (package ``time`` of Go, ``--health-interval 1m30s``).

A duration is a whole number of nanoseconds.
"""

from __future__ import annotations

from hutch.model.errors import Invalid

NANOSECOND = 1
MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

_UNITS = {
    "ns": NANOSECOND,
    "us": MICROSECOND,
    "µs": MICROSECOND,
    "μs": MICROSECOND,
    "ms": MILLISECOND,
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
}
_DIGITS = "0123456789"
_LARGEST = 1 << 63


def _take(text: str, at: int, wanted: str, inside: bool) -> int:
    while at < len(text) and (text[at] in wanted) is inside:
        at += 1
    return at


def parse_duration(text: str) -> int:
    """The nanoseconds of ``text``, a possibly signed sequence of decimal numbers with units (``-1.5h``, ``1m30s``).

    Follows Go's ``time.ParseDuration``; raises :class:`Invalid` with its wording.
    """
    negative = text[:1] == "-"
    rest = text[1:] if text[:1] in ("-", "+") and text else text
    if rest == "0":
        return 0
    if not rest:
        raise Invalid(f'time: invalid duration "{text}"')
    total = 0
    at = 0
    while at < len(rest):
        after_whole = _take(rest, at, _DIGITS, True)
        whole = rest[at:after_whole]
        fraction = ""
        at = after_whole
        if rest[at : at + 1] == ".":
            after_fraction = _take(rest, at + 1, _DIGITS, True)
            fraction = rest[at + 1 : after_fraction]
            at = after_fraction
        if not whole and not fraction:
            raise Invalid(f'time: invalid duration "{text}"')
        after_unit = _take(rest, at, _DIGITS + ".", False)
        unit = rest[at:after_unit]
        if not unit:
            raise Invalid(f'time: missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise Invalid(f'time: unknown unit "{unit}" in duration "{text}"')
        at = after_unit
        scale = _UNITS[unit]
        fraction = fraction[:18]
        total += int(whole or "0") * scale
        if fraction:
            total += int(fraction) * scale // 10 ** len(fraction)
        if total > _LARGEST or (total == _LARGEST and not negative):
            raise Invalid(f'time: invalid duration "{text}"')
    return -total if negative else total


def _fraction(value: int, digits: int) -> str:
    """``value / 10**digits`` without trailing zeros."""
    whole, part = divmod(value, 10**digits)
    tail = str(part).rjust(digits, "0").rstrip("0") if part else ""
    return f"{whole}.{tail}" if tail else str(whole)


def format_duration(nanoseconds: int) -> str:
    """Go's ``Duration.String``: ``1h0m0s``, ``1.5s``, ``100ms``, ``0s``."""
    sign = "-" if nanoseconds < 0 else ""
    value = abs(nanoseconds)
    if value == 0:
        return "0s"
    if value < MICROSECOND:
        return f"{sign}{value}ns"
    if value < MILLISECOND:
        return f"{sign}{_fraction(value, 3)}µs"
    if value < SECOND:
        return f"{sign}{_fraction(value, 6)}ms"
    minutes, rest = divmod(value, MINUTE)
    out = f"{_fraction(rest, 9)}s"
    if minutes:
        hours, minutes = divmod(minutes, 60)
        out = f"{minutes}m{out}"
        if hours:
            out = f"{hours}h{out}"
    return sign + out


def human_duration(seconds: float) -> str:
    """A rough length for people, as Docker prints it after ``Up``: ``About a minute``, ``3 hours``, ``5 weeks``."""
    whole = int(seconds)
    if whole < 1:
        return "Less than a second"
    if whole < 60:
        return "1 second" if whole == 1 else f"{whole} seconds"
    minutes = whole // 60
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    hours = int(seconds / 3600 + 0.5)
    if hours < 48:
        return "About an hour" if hours == 1 else f"{hours} hours"
    days = hours // 24
    if days < 14:
        return f"{days} days"
    if days < 60:
        return f"{days // 7} weeks"
    if days < 730:
        return f"{days // 30} months"
    return f"{int(seconds / 3600) // 24 // 365} years"
