from __future__ import annotations

import pytest

from hutch.images import clock


@pytest.mark.parametrize("nanos", [0, 1, 1_795_467_266_915_480_801, 1_700_000_000_000_000_000, 1_500_000_000])
def test_there_and_back(nanos: int) -> None:
    assert clock.nanoseconds(clock.stamp(nanos)) == nanos


def test_forms() -> None:
    assert clock.stamp(1_795_467_266_915_480_801) == "2026-11-23T20:54:26.915480801Z"
    assert clock.stamp(0) == "1970-01-01T00:00:00Z"
    assert clock.nanoseconds("2020-01-01T02:00:00+02:00") == clock.nanoseconds("2020-01-01T00:00:00Z")
    assert [clock.nanoseconds(t) for t in ("", "x", "2020", "2020-01-01T00:00:00?", "0001-01-01T00:00:00+x")] == [0] * 5
