"""``hutch container prune`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_reports_what_is_gone(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/prune", {"ContainersDeleted": ["a"], "SpaceReclaimed": 1500})
    assert hutch("container", "prune", "-f")[1] == "Deleted Containers:\na\n\nTotal reclaimed space: 1.5kB\n"
