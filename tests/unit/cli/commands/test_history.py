"""``hutch history`` against a scripted engine."""

from __future__ import annotations

from typing import Any

STEP = {"Id": "sha256:0123456789abcdef", "Created": 1700000000, "CreatedBy": "x\ty", "Size": 5, "Comment": "c"}


def test_the_table(engine: Any, hutch: Any) -> None:
    engine.on("GET /images/a/history", [STEP, {**STEP, "Id": "<missing>"}])
    out = hutch("history", "a")[1].splitlines()
    assert out[0].split() == ["IMAGE", "CREATED", "CREATED", "BY", "SIZE", "COMMENT"]
    assert out[1].startswith("0123456789ab") and out[1].endswith("x y          5B        c")
    assert hutch("history", "-q", "a")[1] == "0123456789ab\n<missing>\n"
    assert hutch("history", "-H=false", "--format", "{{.CreatedSince}}", "a")[1].startswith("2023-11-14T")
