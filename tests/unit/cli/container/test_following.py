"""Exit codes of starts that fail."""

from __future__ import annotations

from hutch.cli.container.following import start_code


def test_codes() -> None:
    assert start_code('exec: "x": executable file not found in $PATH') == 127
    assert start_code("exec: permission denied") == 126
    assert start_code("something else") == 125
