from __future__ import annotations

import pytest

from hutch.images.listing import matches, until
from hutch.model.errors import Invalid


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [("busybox", "busybox:latest", True), ("busy*", "busybox:latest", True), ("busy*:la?est", "busybox:latest", True),
     ("*", "a/b:c", False), ("*/*", "a/b:c", True), ("a.c", "abc:x", False), ("[ab]x", "bx:1", True),
     ("busybox:1", "busybox:latest", False), ("localhost:5000/*", "localhost:5000/x:y", True)],
)  # fmt: skip
def test_reference_filter(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) is expected


def test_bad_patterns() -> None:
    for pattern in ("[", "[]", "[b-a]"):
        with pytest.raises(Invalid):
            matches(pattern, "x:y")


def test_until() -> None:
    assert until("1h30m", 10**18) == 10**18 - 5400 * 10**9
    assert until("100", 0) == 100 * 10**9
    assert until("2020-01-01", 0) == until("2020-01-01T00:00:00Z", 0) == 1577836800 * 10**9
    with pytest.raises(Invalid):
        until("yesterday", 0)
