"""``hutch pause`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_every_container_is_asked_for_and_failures_do_not_stop_the_rest(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/pause", status=204)
    engine.on("POST /containers/c/pause", status=204)
    assert hutch("pause", "a", "b", "c") == (
        1,
        "a\nc\n",
        "Error response from daemon: No such thing: /containers/b/pause\n",
    )
