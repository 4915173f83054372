"""``hutch push`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_the_full_name_is_sent(engine: Any, hutch: Any) -> None:
    engine.on("POST /images/docker.io/me/a/push", {"status": "Pushed", "id": "abc"})
    assert hutch("push", "me/a") == (0, "Using default tag: latest\nabc: Pushed\n", "")
    assert hutch("push", "-q", "me/a:1") == (0, "docker.io/me/a:1\n", "")
    assert hutch("push", "-a", "me/a")[0] == 0
    assert engine.targets() == [
        "POST /images/docker.io/me/a/push?tag=latest",
        "POST /images/docker.io/me/a/push?tag=1",
        "POST /images/docker.io/me/a/push",
    ]


def test_what_cannot_be_pushed(engine: Any, hutch: Any) -> None:
    engine.on("POST /images/docker.io/me/a/push", {"errorDetail": {"message": "denied"}, "error": "denied"})
    assert hutch("push", "-q", "me/a:1") == (1, "", "denied\n")
    assert hutch("push", "-a", "me/a:1") == (1, "", "tag can't be used with --all-tags/-a\n")
    assert hutch("push", "me/a@sha256:0")[0] == 1
