"""Points in time as the API writes them (RFC 3339 with nanoseconds) and as flags accept them."""

from __future__ import annotations

import time

_DAYS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def _seconds(year: int, month: int, day: int) -> int:
    """Seconds from 1970 to midnight of a day (UTC)."""
    leaps = (year - 1) // 4 - (year - 1) // 100 + (year - 1) // 400 - 477
    days = (year - 1970) * 365 + leaps + _DAYS[month - 1] + day - 1
    if month > 2 and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        days += 1
    return days * 86400


def parse_rfc3339(text: str) -> float:
    """Seconds since 1970 of ``2024-05-01T10:20:30.123456789Z`` (or ``+02:00``); raises ValueError."""
    return nanoseconds(text) / 1e9


def nanoseconds(text: str) -> int:
    """Nanoseconds since 1970 of the same; exact, which a float is not."""
    if len(text) < 20 or text[10] not in "Tt ":
        raise ValueError(text)
    value = _seconds(int(text[:4]), int(text[5:7]), int(text[8:10]))
    value += int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])
    rest, fraction = text[19:], 0
    if rest[0] == ".":
        end = 1
        while end < len(rest) and rest[end].isdigit():
            end += 1
        fraction = int(rest[1:end][:9].ljust(9, "0"))
        rest = rest[end:]
    if rest in ("Z", "z"):
        return value * 10**9 + fraction
    if len(rest) != 6 or rest[0] not in "+-":
        raise ValueError(text)
    offset = int(rest[1:3]) * 3600 + int(rest[4:6]) * 60
    return (value - offset if rest[0] == "+" else value + offset) * 10**9 + fraction


def since_text(text: str, of: str = "") -> str:
    """A ``--since`` or ``--until`` value as the API takes it: seconds, from a time, a date or a length of time ago.

    Raises :class:`CommandError`, which says that it is the value ``of`` that option.
    """
    if not text or text.replace(".", "", 1).isdigit():
        return text
    try:
        seconds, rest = divmod(nanoseconds(text), 10**9)
        return f"{seconds}.{rest:09d}"
    except (ValueError, IndexError):
        pass
    from hutch.model.duration import parse_duration
    from hutch.model.errors import Invalid

    try:
        return f"{time.time() - parse_duration(text) / 1e9:.9f}"
    except Invalid:
        pass
    if seconds_of_parts := _from_parts(text):
        return seconds_of_parts
    from hutch.cli.errors import CommandError

    reason = f'failed to parse value as time or duration: "{text}"'
    raise CommandError(f'invalid value for "{of}": {reason}' if of else reason)


def _from_parts(text: str) -> str:
    """A time whose parts may be missing from the right; without zone it is local time. "" if it is none."""
    day, t, clock = text.partition("T")
    at = max(clock.find("+"), clock.find("-"))
    clock, zone = (clock, "") if at < 0 else (clock[:at], clock[at:])
    if text.endswith("Z"):
        day, clock, zone = day.removesuffix("Z"), clock.removesuffix("Z"), "+00:00"
    clock, dot, fraction = clock.partition(".")
    if dot and not (clock.count(":") == 2 and fraction.isdigit() and len(fraction) < 10):
        return ""
    for form in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d"):
        try:
            parts = time.strptime(day + t + clock, form)
            seconds = int(time.mktime(parts))
            if zone:
                seconds = nanoseconds(f"{time.strftime('%Y-%m-%dT%H:%M:%S', parts)}{zone}") // 10**9
            return f"{seconds}.{fraction:0<9}"
        except (ValueError, IndexError):
            continue
    return ""


def local_text(seconds: float) -> str:
    """``2024-05-01 10:20:30 +0200 CEST``, as Go prints a time in tables."""
    parts = time.localtime(seconds)
    zone = parts.tm_zone
    return time.strftime("%Y-%m-%d %H:%M:%S %z ", parts) + zone


def event_text(nanoseconds: int) -> str:
    """``2024-05-01T10:20:30.123456789+02:00``, as ``events`` prints it."""
    seconds, rest = divmod(nanoseconds, 10**9)
    parts = time.localtime(seconds)
    zone = time.strftime("%z", parts)
    shown = "Z" if zone in ("+0000", "") else f"{zone[:3]}:{zone[3:]}"
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', parts)}.{rest:09d}{shown}"


def ago(seconds: float) -> str:
    """``3 minutes ago``."""
    from hutch.model.duration import human_duration

    return f"{human_duration(time.time() - seconds)} ago"
