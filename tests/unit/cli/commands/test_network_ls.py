"""``hutch network ls`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_the_table(engine: Any, hutch: Any) -> None:
    network = {"Id": "0123456789abcdef", "Name": "bridge", "Driver": "bridge", "Scope": "local"}
    engine.on("GET /networks", [network])
    assert hutch("network", "ls")[1].splitlines()[1] == "0123456789ab   bridge    bridge    local"
    assert hutch("network", "ls", "-q", "--no-trunc")[1] == "0123456789abcdef\n"
