"""Points in time."""

from __future__ import annotations

import time

import pytest

from hutch.cli.errors import CommandError
from hutch.cli.moments import parse_rfc3339, since_text


def test_rfc3339() -> None:
    assert parse_rfc3339("2023-11-14T22:13:20Z") == 1700000000
    assert parse_rfc3339("2024-02-29T12:00:00.5+02:00") == 1709200800.5
    assert parse_rfc3339("1970-01-01T00:00:00Z") == 0


def test_since() -> None:
    assert since_text("1700000000.5") == "1700000000.5"
    assert since_text("2023-11-14T22:13:20Z") == "1700000000.000000000"
    assert since_text("2023-11-14T22:13:20.123456789Z") == "1700000000.123456789"
    assert float(since_text("1h")) < float(since_text("1m"))
    with pytest.raises(CommandError, match=r'^failed to parse value as time or duration: "yesterday"$'):
        since_text("yesterday")
    with pytest.raises(CommandError, match=r'^invalid value for "until": failed to parse value'):
        since_text("2023-11-14T22.5Z", "until")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2023-11-14T22:13Z", "1699999980.000000000"),
        ("2023-11-14T22:13+02:00", "1699992780.000000000"),
        ("2023-11-14T22-01:00", "1700002800.000000000"),
        ("2023-11-14Z", "1699920000.000000000"),
        ("2023-11-14T22:13:20.5", "1700000000.500000000"),
        ("2023-11-14", "1699920000.000000000"),
    ],
)
def test_parts_of_a_time_may_be_missing(text: str, seconds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert since_text(text) == seconds
