"""``hutch image prune`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_reports_what_is_gone(engine: Any, hutch: Any) -> None:
    engine.on("POST /images/prune", {"ImagesDeleted": [{"Untagged": "a:1"}], "SpaceReclaimed": 0})
    assert hutch("image", "prune", "-af")[1] == "Deleted Images:\nuntagged: a:1\n\nTotal reclaimed space: 0B\n"
    assert "dangling%22:%7B%22false" in engine.targets()[0]
