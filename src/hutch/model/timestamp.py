"""Points in time: nanoseconds since the epoch inside, RFC 3339 as Go prints it outside."""

from __future__ import annotations

import time

from hutch.model.duration import parse_duration
from hutch.model.errors import Invalid

ZERO = "0001-01-01T00:00:00Z"
"""Go's zero time: what the API shows for "never"."""

_SECOND = 1_000_000_000


def rfc3339(ns: int) -> str:
    """``2026-01-02T03:04:05.678Z``: fractions without trailing zeros; 0 is :data:`ZERO`."""
    if not ns:
        return ZERO
    seconds, part = divmod(ns, _SECOND)
    year, month, day, hour, minute, second = time.gmtime(seconds)[:6]
    text = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
    return f"{text}.{part:09d}".rstrip("0") + "Z" if part else text + "Z"


def parse(text: str, now: int) -> int:
    """The time that ``text`` names: seconds since the epoch with up to nine decimals, RFC 3339 (parts may be left
    out from the right, no zone is UTC), or a Go duration back from ``now``. Raises Invalid.
    """
    head, dot, tail = text.partition(".")
    if head.lstrip("-").isdecimal() and head.isascii() and (not dot or (tail.isascii() and tail.isdecimal())):
        sign = -1 if head.startswith("-") else 1
        if len(head) > 12 or len(tail) > 9:
            raise Invalid(f'failed to parse value as time or duration: "{text}"')
        return int(head) * _SECOND + sign * int(tail.ljust(9, "0") if tail else 0)
    if len(text) >= 10 and text[4:5] == "-" and text[:4].isdecimal():
        return _from_date(text)
    try:
        return now - parse_duration(text)
    except Invalid:
        raise Invalid(f'failed to parse value as time or duration: "{text}"') from None


def _from_date(text: str) -> int:
    from datetime import UTC, datetime

    head, dot, tail = text.partition(".")
    digits = ""
    if dot:
        digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
        head += tail[len(digits) :]
    try:
        value = datetime.fromisoformat(head)
    except ValueError:
        raise Invalid(f'failed to parse value as time or duration: "{text}"') from None
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    whole = int(value.timestamp())
    return whole * _SECOND + int(digits[:9].ljust(9, "0") if digits else 0)
