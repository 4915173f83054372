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


def test_registries(engine: Any, hutch: Any) -> None:
    mirrors = {"quay.io": {"Mirrors": ["m.x/quay"], "Secure": True}, "a.b:5000": {"Mirrors": [], "Secure": False},
               "docker.io": {"Mirrors": ["https://h.x/"], "Secure": True}}  # fmt: skip
    config = {"InsecureRegistryCIDRs": ["127.0.0.0/8"], "Mirrors": ["https://h.x/"], "IndexConfigs": mirrors}
    engine.on("GET /info", {**INFO, "RegistryConfig": config})
    out = hutch("info")[1]
    assert " Insecure Registries:\n  a.b:5000\n  127.0.0.0/8\n Registry Mirrors:\n  https://h.x/\n" in out
    assert " Registry Mirrors of quay.io:\n  m.x/quay\n" in out
