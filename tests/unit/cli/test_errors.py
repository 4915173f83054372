"""Errors of commands."""

from __future__ import annotations

from hutch.cli.errors import EngineError, FlagError, Unsupported


def test_codes() -> None:
    assert FlagError("x").code == 125
    assert EngineError(500, "no").message == "Error response from daemon: no"
    assert Unsupported("--x", "why").message == "--x is not supported by hutch yet: why"
