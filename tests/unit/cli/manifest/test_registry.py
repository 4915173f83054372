from __future__ import annotations

from hutch.cli.errors import EngineError
from hutch.cli.manifest.registry import explained


def test_reasons_are_told_as_they_are() -> None:
    assert explained(EngineError(404, "no such manifest: a/b:1")).message == "no such manifest: a/b:1"
    assert explained(EngineError(500, "dial tcp")).message == "dial tcp"


def test_engines_of_another_make_cannot_do_it() -> None:
    assert "only hutch's can" in explained(EngineError(404, "page not found")).message
