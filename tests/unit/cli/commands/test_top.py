"""``hutch top`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_prints_a_table(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/a/top", {"Titles": ["PID", "CMD"], "Processes": [["1", "sleep 5"]]})
    assert hutch("top", "a", "-o", "pid,cmd")[1] == "PID                 CMD\n1                   sleep 5\n"
    assert engine.targets() == ["GET /containers/a/top?ps_args=-o%20pid%2Ccmd"]
