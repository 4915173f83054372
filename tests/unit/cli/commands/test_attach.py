"""``hutch attach`` against a scripted engine."""

from __future__ import annotations

from typing import Any

STATE = {"Running": True, "Paused": False, "Restarting": False}


def test_shows_the_output_and_leaves_with_the_exit_code(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/a/json", {"State": STATE, "Config": {"Tty": False, "OpenStdin": False}})
    engine.on("POST /containers/a/wait", {"StatusCode": 3})
    engine.on("POST /containers/a/attach", b"\1\0\0\0\0\0\0\2hi", 101)
    assert hutch("attach", "--sig-proxy=false", "a") == (3, "hi", "")


def test_what_does_not_run_is_refused(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/a/json", {"State": {**STATE, "Running": False}, "Config": {}})
    assert hutch("attach", "a") == (1, "", "You cannot attach to a stopped container, start it first\n")
