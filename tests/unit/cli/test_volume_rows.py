"""Lines of volumes."""

from __future__ import annotations

from hutch.cli.volume_rows import fields


def test_usage_may_be_unknown() -> None:
    assert fields()["Size"]({}) == "N/A"
    assert fields()["Size"]({"UsageData": {"Size": 1500, "RefCount": 2}}) == "1.5kB"
