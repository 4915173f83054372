"""``hutch wait`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_prints_exit_codes(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/wait", {"StatusCode": 7})
    assert hutch("wait", "a") == (0, "7\n", "")
