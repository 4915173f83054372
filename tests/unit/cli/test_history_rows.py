"""Lines of history."""

from __future__ import annotations

from hutch.cli.history_rows import fields


def test_fields() -> None:
    step = {"Id": "sha256:0123456789abcdef", "Created": 0, "CreatedBy": "x" * 50, "Size": 5, "Comment": ""}
    short, full = fields(truncate=True, human=True), fields(truncate=False, human=False)
    assert (short["ID"](step), len(short["CreatedBy"](step)), short["CreatedSince"](step)) == (
        "0123456789ab",
        45,
        "N/A",
    )
    assert (full["ID"](step), full["Size"](step)) == (step["Id"], "5")
