"""``hutch inspect`` against a scripted engine."""

from __future__ import annotations

from typing import Any

import pytest


def test_looks_for_every_kind_in_turn(engine: Any, hutch: Any) -> None:
    engine.on("GET /networks/n", {"Id": "n", "Name": "net"})
    assert hutch("inspect", "-f", "{{.Name}} {{.ID}}", "n") == (0, "net n\n", "")
    assert engine.targets() == ["GET /containers/n/json", "GET /images/n/json", "GET /networks/n"]


def test_missing_objects_and_kinds(engine: Any, hutch: Any) -> None:
    assert hutch("inspect", "n") == (1, "[]\n", "Error: No such object: n\n")
    assert hutch("inspect", "--type", "x", "n") == (1, "", '"x" is not a valid value for --type\n')


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("container", "/containers/n/json"),
        ("image", "/images/n/json"),
        ("network", "/networks/n"),
        ("volume", "/volumes/n"),
    ],
)
def test_only_the_kind_asked_for_is_looked_for(engine: Any, hutch: Any, kind: str, path: str) -> None:
    error = f"Error response from daemon: No such thing: {path}\n"
    assert hutch(kind, "inspect", "n") == (1, "[]\n", error)
    engine.on(f"GET {path}", {"Name": "x"})
    assert hutch(kind, "inspect", "n")[1] == '[\n    {\n        "Name": "x"\n    }\n]\n'
