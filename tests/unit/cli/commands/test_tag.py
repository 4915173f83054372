"""``hutch tag`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_a_name_that_is_none_is_refused_before_it_is_split(engine: Any, hutch: Any) -> None:
    engine.on("POST /images/a/tag", status=201)
    said = 'Error parsing reference: "b:c:d" is not a valid repository/tag: invalid reference format\n'
    assert hutch("tag", "a", "b:c:d") == (1, "", said)
    assert engine.targets() == []


def test_names_are_split(engine: Any, hutch: Any) -> None:
    engine.on("POST /images/a/tag", status=201)
    assert hutch("tag", "a", "host:5000/b") == (0, "", "")
    assert engine.targets() == ["POST /images/a/tag?repo=host:5000/b&tag=latest"]
