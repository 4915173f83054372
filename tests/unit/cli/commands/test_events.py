"""``hutch events`` against a scripted engine."""

from __future__ import annotations

from typing import Any

EVENT = {
    "Type": "container",
    "Action": "start",
    "Actor": {"ID": "abc", "Attributes": {"name": "x", "image": "b"}},
    "timeNano": 1700000000123456789,
}


def test_lines_and_templates(engine: Any, hutch: Any) -> None:
    engine.on("GET /events", EVENT)
    out = hutch("events", "--until", "0s", "--since", "1700000000", "-f", "type=container")[1]
    assert out.startswith(("2023-11-14T", "2023-11-15T"))
    assert ".123456789" in out and out.endswith(" container start abc (image=b, name=x)\n")
    assert "since=1700000000&until=" in engine.targets()[0]
    assert hutch("events", "--format", "{{.Type}} {{.Actor.ID}}")[1] == "container abc\n"
