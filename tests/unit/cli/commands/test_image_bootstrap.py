"""``hutch image bootstrap`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_sends_the_choice_and_shows_progress(engine: Any, hutch: Any) -> None:
    engine.on("POST /hutch/bootstrap", {"stream": "done\n"})
    assert hutch("image", "bootstrap", "--include", "curl,git", "debian:bookworm") == (0, "done\n", "")
    wanted = {"name": "debian:bookworm", "variant": "minbase", "include": ["curl", "git"], "mirror": ""}
    assert engine.body() == wanted
