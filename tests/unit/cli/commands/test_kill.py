"""``hutch kill`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_sends_kill_or_the_named_signal(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/kill", status=204)
    hutch("kill", "a")
    hutch("kill", "--signal=HUP", "a")
    assert engine.targets() == ["POST /containers/a/kill?signal=KILL", "POST /containers/a/kill?signal=HUP"]
