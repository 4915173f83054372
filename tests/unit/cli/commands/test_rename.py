"""``hutch rename`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_renames(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/rename", status=204)
    assert hutch("rename", "a", "b") == (0, "", "")
    assert engine.targets() == ["POST /containers/a/rename?name=b"]


def test_says_which_one_could_not_be_renamed(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/rename", {"message": "no"}, status=409)
    said = "Error response from daemon: no\nError: failed to rename container named a\n"
    assert hutch("rename", "a", "b") == (1, "", said)


def test_needs_two_names(engine: Any, hutch: Any) -> None:
    code, _, err = hutch("rename", "a")
    assert code == 1
    assert err.startswith("hutch: 'hutch rename' requires 2 arguments\n\nUsage:  hutch rename CONTAINER NEW_NAME\n")
    assert hutch("rename", "a", " ")[2] == "Error: Neither old nor new names may be empty\n"
