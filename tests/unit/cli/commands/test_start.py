"""``hutch start`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_starts_each_and_names_those_that_failed(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/start", status=204)
    code, out, err = hutch("start", "a", "b")
    assert (code, out) == (1, "a\n")
    assert err.endswith("\nError: failed to start containers: b\n")


def test_only_one_can_be_attached(engine: Any, hutch: Any) -> None:
    assert hutch("start", "-a", "a", "b")[2] == "you cannot start and attach multiple containers at once\n"
