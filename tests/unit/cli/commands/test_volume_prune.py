"""``hutch volume prune`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_all_is_a_filter(engine: Any, hutch: Any) -> None:
    engine.on("POST /volumes/prune", {"VolumesDeleted": ["v"], "SpaceReclaimed": 3})
    assert hutch("volume", "prune", "-af")[1] == "Deleted Volumes:\nv\n\nTotal reclaimed space: 3B\n"
    assert "all%22:%7B%22true" in engine.targets()[0]
    assert hutch("volume", "prune", "-af", "--filter", "all=1")[0] == 1
