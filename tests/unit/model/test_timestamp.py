"""Times as text, both ways."""

from __future__ import annotations

import pytest

from hutch.model import timestamp
from hutch.model.errors import Invalid

NOW = 1_700_000_000 * 10**9


def test_formats_like_go() -> None:
    assert timestamp.rfc3339(0) == "0001-01-01T00:00:00Z"
    assert timestamp.rfc3339(NOW) == "2023-11-14T22:13:20Z"
    assert timestamp.rfc3339(NOW + 120_000_000) == "2023-11-14T22:13:20.12Z"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1700000000", NOW),
        ("1700000000.5", NOW + 500_000_000),
        ("2023-11-14T22:13:20Z", NOW),
        ("2023-11-14T22:13:20.000000001Z", NOW + 1),
        ("2023-11-15T00:13:20.5+02:00", NOW + 500_000_000),
        ("2023-11-14T22:13:20", NOW),
        ("2023-11-14", NOW - (22 * 3600 + 13 * 60 + 20) * 10**9),
        ("1m30s", NOW - 90 * 10**9),
    ],
)
def test_reads(text: str, value: int) -> None:
    assert timestamp.parse(text, NOW) == value


@pytest.mark.parametrize("text", ["", "yesterday", "2023-99-99", "1.2.3", "9" * 30])
def test_refuses(text: str) -> None:
    with pytest.raises(Invalid, match="failed to parse value as time or duration"):
        timestamp.parse(text, NOW)
