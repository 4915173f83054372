"""``hutch restart`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_signal_and_time_are_passed_on(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/restart", status=204)
    assert hutch("restart", "-s", "INT", "-t", "0", "a") == (0, "a\n", "")
    assert engine.targets() == ["POST /containers/a/restart?signal=INT&t=0"]


def test_the_engine_chooses_without_flags(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/restart", status=304)
    assert hutch("restart", "a")[0] == 0
    assert engine.targets() == ["POST /containers/a/restart"]
