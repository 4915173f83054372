"""Signals by name and number, as ``kill``, ``stop`` and STOPSIGNAL take them.

The table is written out: the standard library's ``signal`` costs the command an import of ``enum``. Numbers are those
of signal(7) for x86-64 and arm64, which agree.
"""

from __future__ import annotations

from hutch.model.errors import Invalid

NUMBERS = {
    "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8, "KILL": 9,
    "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17,
    "CONT": 18, "STOP": 19, "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26,
    "PROF": 27, "WINCH": 28, "IO": 29, "POLL": 29, "PWR": 30, "SYS": 31, "UNUSED": 31,
}  # fmt: skip
RTMIN, RTMAX = 34, 64
"""What the C library leaves of the real-time signals to programs (signal(7))."""

KILL, TERM, WINCH = 9, 15, 28
_NAMES = {number: name for name, number in reversed(NUMBERS.items())}


def number(text: str) -> int:
    """The number of ``text``: ``9``, ``KILL``, ``SIGKILL``, ``RTMIN+3``, in any case. Raises Invalid."""
    if text.isascii() and text.isdigit():
        value = int(text) if len(text) < 9 else RTMAX + 1
        if value == 0:
            raise Invalid(f"invalid signal: {text}")
        if value > RTMAX or value in (32, 33):
            raise Invalid(f"the linux daemon does not support signal {text}")
        return value
    if text.startswith("-") and text[1:].isascii() and text[1:].isdigit() and text.strip("-0"):
        raise Invalid(f"the linux daemon does not support signal {text}")
    name = text.upper().removeprefix("SIG")
    if name in NUMBERS:
        return NUMBERS[name]
    for base, start, sign in (("RTMIN", RTMIN, "+"), ("RTMAX", RTMAX, "-")):
        if name == base:
            return start
        if name.startswith(base + sign) and name[6:].isdigit() and len(name) < 9:
            value = start + int(sign + name[6:])
            if RTMIN <= value <= RTMAX:
                return value
    raise Invalid(f"invalid signal: {text}")


def to_stop(text: str) -> int:
    """The number of a container's stop signal, where Docker takes any number: one that no signal has is KILL.

    Nothing else could end such a container. Raises Invalid for names.
    """
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and digits.strip("0"):
        value = int(text) if len(text) < 9 else RTMAX + 1
        return value if 0 < value <= RTMAX and value not in (32, 33) else KILL
    return number(text)


def name(value: int) -> str:
    """``SIGTERM`` for 15; real-time signals as ``SIGRTMIN+n``."""
    if value in _NAMES:
        return "SIG" + _NAMES[value]
    return f"SIGRTMIN+{value - RTMIN}" if RTMIN <= value <= RTMAX else str(value)
