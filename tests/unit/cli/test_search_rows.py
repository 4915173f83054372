from __future__ import annotations

from hutch.cli.search_rows import HEADERS, fields


def test_fields() -> None:
    row = {"name": "a", "description": "x\ny" + "z" * 50, "is_automated": True}
    short, whole = fields(truncate=True), fields(truncate=False)
    assert short["Description"](row) == "x y" + "z" * 41 + "…"
    assert whole["Description"](row) == "x y" + "z" * 50
    assert (short["StarCount"](row), short["IsOfficial"](row), short["IsAutomated"](row)) == ("0", "", "[OK]")
    assert short.keys() == HEADERS.keys()
