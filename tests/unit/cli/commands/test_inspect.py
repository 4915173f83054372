"""``hutch inspect`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_looks_for_every_kind_in_turn(engine: Any, hutch: Any) -> None:
    engine.on("GET /networks/n", {"Id": "n", "Name": "net"})
    assert hutch("inspect", "-f", "{{.Name}} {{.ID}}", "n") == (0, "net n\n", "")
    assert engine.targets() == ["GET /containers/n/json", "GET /images/n/json", "GET /networks/n"]


def test_missing_objects_and_kinds(engine: Any, hutch: Any) -> None:
    assert hutch("inspect", "n") == (1, "[]\n", "Error: No such object: n\n")
    assert hutch("inspect", "--type", "x", "n") == (1, "", '"x" is not a valid value for --type\n')
