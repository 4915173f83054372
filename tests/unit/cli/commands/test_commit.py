"""``hutch commit`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_everything_is_asked_for(engine: Any, hutch: Any) -> None:
    engine.on("POST /commit", {"Id": "sha256:1"}, 201)
    words = ("-a", "me", "-m", "a b", "-c", "CMD x", "-c", "USER u", "-p=false", "box", "r:1/n:t")
    assert hutch("commit", *words) == (0, "sha256:1\n", "")
    assert hutch("container", "commit", "box") == (0, "sha256:1\n", "")
    assert engine.targets() == [
        "POST /commit?container=box&repo=r:1/n&tag=t&comment=a%20b&author=me&changes=CMD%20x&changes=USER%20u&pause=0",
        "POST /commit?container=box&pause=1",
    ]
