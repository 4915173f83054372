"""``hutch logs`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_frames_go_to_their_streams(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/a/json", {"Config": {"Tty": False}})
    engine.on("GET /containers/a/logs", b"\1\0\0\0\0\0\0\2hi\2\0\0\0\0\0\0\3err")
    assert hutch("logs", "--tail", "5", "-t", "a") == (0, "hi", "err")
    assert engine.targets()[-1] == "GET /containers/a/logs?stdout=1&stderr=1&timestamps=1&tail=5"


def test_terminal_output_is_raw(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/a/json", {"Config": {"Tty": True}})
    engine.on("GET /containers/a/logs", b"raw")
    assert hutch("logs", "a") == (0, "raw", "")
