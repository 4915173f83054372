"""``hutch stop`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_signal_and_time_are_passed_on(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/stop", status=204)
    assert hutch("stop", "-s", "INT", "-t", "0", "a") == (0, "a\n", "")
    assert engine.targets() == ["POST /containers/a/stop?signal=INT&t=0"]


def test_the_engine_chooses_without_flags(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/stop", status=304)
    assert hutch("stop", "a")[0] == 0
    assert engine.targets() == ["POST /containers/a/stop"]
