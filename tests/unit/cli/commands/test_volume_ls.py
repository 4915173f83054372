"""``hutch volume ls`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_sorted_by_name(engine: Any, hutch: Any) -> None:
    volume = {"Driver": "local", "Scope": "local", "Mountpoint": "/m", "Labels": None}
    engine.on("GET /volumes", {"Volumes": [{**volume, "Name": "b"}, {**volume, "Name": "a"}]})
    assert hutch("volume", "ls")[1] == "DRIVER    VOLUME NAME\nlocal     a\nlocal     b\n"
    assert hutch("volume", "ls", "-q")[1] == "a\nb\n"
