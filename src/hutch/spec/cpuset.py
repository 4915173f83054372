"""Lists of CPUs or memory nodes ("0-3,7"), parsed within bounds.

A list like 0-2147483647 must be refused before it is expanded (CVE-2018-20699).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from hutch.model.errors import Invalid

MAXIMUM = 8192
"""The largest NR_CPUS a kernel can be built with, and Docker's bound."""


def parse(text: str, what: str) -> frozenset[int]:
    """The numbers of a list; ``what`` names it in messages (cpus, mems). Raises Invalid in Docker's words."""
    found: set[int] = set()
    if len(text) > 65536:
        raise Invalid(f"Invalid value for cpuset {what}: the list is too long")
    for part in text.split(",") if text else ():
        first, dash, last = part.partition("-")
        low = _number(first, text, part, what)
        high = _number(last, text, part, what) if dash else low
        if low > high:
            raise Invalid(f"Invalid value {text} for cpuset {what}: invalid format: {part}")
        found.update(range(low, high + 1))
    return frozenset(found)


def _number(digits: str, text: str, part: str, what: str) -> int:
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid(f"Invalid value {text} for cpuset {what}: invalid format: {part}")
    if len(digits) > 9 or int(digits) > MAXIMUM:
        raise Invalid(f"Invalid value {text} for cpuset {what}: value of out range, maximum is {MAXIMUM}")
    return int(digits)


def check(text: str, what: str, label: str, available: AbstractSet[int]) -> None:
    """Raise Invalid unless the list is well-formed and all of it is available."""
    if not parse(text, what) <= available:
        raise Invalid(f"Requested {label} are not available - requested {text}, available: {show(available)}")


def show(numbers: AbstractSet[int]) -> str:
    """The shortest list: "0-3,7"."""
    ranges: list[list[int]] = []
    for n in sorted(numbers):
        if ranges and ranges[-1][1] == n - 1:
            ranges[-1][1] = n
        else:
            ranges.append([n, n])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
