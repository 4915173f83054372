"""Times as Go writes them in JSON: RFC 3339 in UTC, with as many digits of the second as are needed."""

from __future__ import annotations

import calendar
import time

time.strptime("1970", "%Y")  # its first call imports a module, which needs a descriptor: not when there is none


def stamp(nanoseconds: int) -> str:
    """``nanoseconds`` since 1970 as text."""
    seconds, nanos = divmod(nanoseconds, 1_000_000_000)
    fraction = f"{nanos:09d}".rstrip("0")
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + (f".{fraction}" if fraction else "") + "Z"


def now() -> str:
    """This moment."""
    return stamp(time.time_ns())


def nanoseconds(text: str) -> int:
    """The moment that ``text`` means, in nanoseconds since 1970; 0 for text that is no RFC 3339 time."""
    try:
        base, rest = text[:19], text[19:]
        seconds = calendar.timegm(time.strptime(base, "%Y-%m-%dT%H:%M:%S"))
        fraction = ""
        if rest.startswith("."):
            digits = len(rest[1:]) - len(rest[1:].lstrip("0123456789"))
            fraction, rest = rest[1 : 1 + digits], rest[1 + digits :]
        if rest not in ("Z", "z", ""):
            sign = {"+": 1, "-": -1}[rest[0]]
            seconds -= sign * (int(rest[1:3]) * 3600 + int(rest[4:6]) * 60)
    except (ValueError, KeyError, IndexError):
        return 0
    return seconds * 1_000_000_000 + int((fraction + "000000000")[:9])
