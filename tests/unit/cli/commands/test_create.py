"""``hutch create`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_prints_the_id_and_warnings(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/create", {"Id": "abc", "Warnings": ["careful"]}, status=201)
    assert hutch("create", "--name", "n", "busybox", "ls", "-l") == (0, "abc\n", "WARNING: careful\n")
    assert engine.targets() == ["POST /containers/create?name=n"]
    assert engine.body()["Cmd"] == ["ls", "-l"]
