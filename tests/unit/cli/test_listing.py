"""Tables."""

from __future__ import annotations

from hutch.cli.listing import columns, filters


def test_columns_are_as_wide_as_they_must_be() -> None:
    assert columns(["A\tB", "long long long\tx"]) == "A                B\nlong long long   x\n"


def test_filters() -> None:
    assert filters(["a=b", "A=c", "l=x=y"]) == {"a": {"b": True, "c": True}, "l": {"x=y": True}}
