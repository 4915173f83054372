"""``hutch volume rm`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_removes(engine: Any, hutch: Any) -> None:
    engine.on("DELETE /volumes/v", status=204)
    assert hutch("volume", "rm", "-f", "v") == (0, "v\n", "")
    assert engine.targets() == ["DELETE /volumes/v?force=1"]
