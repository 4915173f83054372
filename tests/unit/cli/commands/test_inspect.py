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
    kinds = 'must be one of "container", "image", "network", "volume"\n'
    assert hutch("inspect", "--type", "x", "n") == (1, "", f'unknown type: "x": {kinds}')


def test_names_as_inspect_shows_them_and_names_that_are_empty(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/n/json", {"Name": "/n"})
    assert hutch("inspect", "-f", "{{.Name}}", "/n") == (0, "/n\n", "")
    for words in (["inspect", ""], ["container", "inspect", ""], ["stop", ""], ["network", "inspect", ""]):
        code, _, text = hutch(*words)
        assert code == 1 and "name or ID: value is empty" in text, words
    assert engine.targets() == ["GET /containers/n/json"]


def test_sizes_are_of_containers_alone(engine: Any, hutch: Any) -> None:
    engine.on("GET /images/i/json", {"Id": "i"})
    assert hutch("inspect", "--size", "-f", "{{.ID}}", "i") == (0, "i\n", "WARNING: --size ignored for image\n")


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
