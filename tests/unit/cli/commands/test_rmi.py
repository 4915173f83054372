"""``hutch rmi`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_prints_every_step(engine: Any, hutch: Any) -> None:
    engine.on("DELETE /images/a", [{"Untagged": "a:latest"}, {"Deleted": "sha256:1"}])
    assert hutch("rmi", "-f", "a", "b")[:2] == (0, "Untagged: a:latest\nDeleted: sha256:1\n")
    assert engine.targets()[0] == "DELETE /images/a?force=1"
