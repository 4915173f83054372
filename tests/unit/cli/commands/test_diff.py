"""``hutch diff`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_a_letter_and_a_path(engine: Any, hutch: Any) -> None:
    rows = [{"Path": "/d", "Kind": 0}, {"Path": "/d/a b", "Kind": 1}, {"Path": "/d/x", "Kind": 2}]
    engine.on("GET /containers/a/changes", rows)
    assert hutch("diff", "a") == (0, "C /d\nA /d/a b\nD /d/x\n", "")
    engine.on("GET /containers/b/changes", b"null\n")
    assert hutch("container", "diff", "b") == (0, "", "")
