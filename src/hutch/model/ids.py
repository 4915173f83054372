"""Object ids: 256 random bits as 64 lower-case hex digits, shown to people as the first 12."""

from __future__ import annotations

import os

_HEX = frozenset("0123456789abcdef")


def new() -> str:
    """A fresh id. Never all digits in its first 12: such a short id could be taken for a number by scripts."""
    while True:
        value = os.urandom(32).hex()
        if not value[:12].isdigit():
            return value


def short(value: str) -> str:
    """The first 12 digits of an id; a digest's algorithm is left out."""
    return value.rpartition(":")[2][:12]


def is_full(value: str) -> bool:
    """Whether ``value`` has the form of a whole id."""
    return len(value) == 64 and _HEX.issuperset(value)


def is_prefix(value: str) -> bool:
    """Whether ``value`` could be the beginning of an id."""
    return 0 < len(value) <= 64 and _HEX.issuperset(value)
