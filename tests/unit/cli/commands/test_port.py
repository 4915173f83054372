"""``hutch port`` against a scripted engine."""

from __future__ import annotations

from typing import Any

PORTS = {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}], "9/udp": None}


def test_prints_bindings(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/a/json", {"NetworkSettings": {"Ports": PORTS}})
    assert hutch("port", "a")[1] == "80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n"
    assert hutch("port", "a", "80")[1] == "0.0.0.0:8080\n[::]:8080\n"
    assert hutch("port", "a", "9/udp") == (1, "", "Error: No public port '9/udp' published for a\n")


def test_lines_are_in_the_order_of_their_numbers(engine: Any, hutch: Any) -> None:
    ports = {
        "443/tcp": [{"HostIp": "0.0.0.0", "HostPort": "443"}],
        "80/tcp": [{"HostIp": ip, "HostPort": port} for port in ("18080", "8081") for ip in ("0.0.0.0", "::")],
    }
    engine.on("GET /containers/a/json", {"NetworkSettings": {"Ports": ports}})
    assert hutch("port", "a", "80")[1].split() == ["0.0.0.0:8081", "0.0.0.0:18080", "[::]:8081", "[::]:18080"]
    assert hutch("port", "a")[1].split("\n")[::4] == ["80/tcp -> 0.0.0.0:8081", "443/tcp -> 0.0.0.0:443"]
