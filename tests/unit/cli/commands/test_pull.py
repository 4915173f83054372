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


def test_what_only_our_own_engine_can_be_asked_for(engine: Any, hutch: Any) -> None:
    engine.on("POST /hutch/pull", {"status": "manifest abc from https://m.x (mirror)"})
    assert hutch("pull", "--explain", "--insecure", "m.x/a:1") == (
        0,
        "manifest abc from https://m.x (mirror)\nm.x/a:1\n",
        "",
    )
    assert engine.targets() == ["POST /hutch/pull?fromImage=m.x/a&tag=1&explain=1&insecure=1"]
    assert hutch("pull", "--explain", "-q", "a")[0] == 1


def test_another_engine_says_that_it_cannot(engine: Any, hutch: Any) -> None:
    engine.on("POST /hutch/pull", {"message": "page not found"}, status=404)
    assert hutch("pull", "--explain", "a:1") == (
        1, "", "this engine knows no --explain for a pull: only hutch's does\n"
    )  # fmt: skip
