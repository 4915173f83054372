"""``hutch port`` against a scripted engine."""

from __future__ import annotations

from typing import Any

PORTS = {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}], "9/udp": None}


def test_prints_bindings(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/a/json", {"NetworkSettings": {"Ports": PORTS}})
    assert hutch("port", "a")[1] == "80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n"
    assert hutch("port", "a", "80")[1] == "0.0.0.0:8080\n[::]:8080\n"
    assert hutch("port", "a", "9/udp") == (1, "", "Error: No public port '9/udp' published for a\n")
