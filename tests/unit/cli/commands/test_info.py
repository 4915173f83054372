"""``hutch info`` against a scripted engine."""

from __future__ import annotations

from typing import Any

INFO = {
    "Containers": 3,
    "ContainersRunning": 1,
    "ContainersPaused": 0,
    "ContainersStopped": 2,
    "Images": 4,
    "ServerVersion": "9",
    "Driver": "overlay2",
    "DriverStatus": [["Backing Filesystem", "extfs"]],
    "LoggingDriver": "json-file",
    "SecurityOptions": ["name=seccomp,profile=builtin"],
    "MemTotal": 1 << 30,
    "Warnings": ["WARNING: no swap limit support"],
}


def test_lines_and_warnings(engine: Any, hutch: Any) -> None:
    engine.on("GET /info", INFO)
    code, out, err = hutch("info")
    assert (code, err) == (0, "WARNING: no swap limit support\n")
    assert "  Running: 1\n" in out and "  Backing Filesystem: extfs\n" in out
    assert "  seccomp\n   Profile: builtin\n" in out and " Total Memory: 1GiB\n" in out
    assert hutch("info", "-f", "{{.Driver}}")[1] == "overlay2\n"
