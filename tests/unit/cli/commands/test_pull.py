"""``hutch pull`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_the_full_name_is_sent(engine: Any, hutch: Any) -> None:
    engine.on("POST /images/create", {"status": "Pulling from library/a", "id": "latest"})
    assert hutch("pull", "a") == (
        0,
        "Using default tag: latest\nlatest: Pulling from library/a\ndocker.io/library/a:latest\n",
        "",
    )
    assert engine.targets() == ["POST /images/create?fromImage=docker.io/library/a&tag=latest"]


def test_an_error_in_the_stream_fails(engine: Any, hutch: Any) -> None:
    engine.on("POST /images/create", {"errorDetail": {"message": "no"}, "error": "no"})
    assert hutch("pull", "-q", "a:1") == (1, "", "no\n")
