"""Progress."""

from __future__ import annotations

import io

import pytest

from hutch.cli.errors import CommandError
from hutch.cli.progress import Screen, bar


def test_plain_lines_for_pipes() -> None:
    out = io.StringIO()
    screen = Screen(out)
    screen.show({"id": "a", "status": "Downloading", "progressDetail": {"current": 1, "total": 2}})
    screen.show({"id": "a", "status": "Pull complete"})
    screen.show({"stream": "x\n"})
    assert out.getvalue() == "a: Pull complete\nx\n"
    with pytest.raises(CommandError, match="no"):
        screen.show({"error": "no"})


def test_bar() -> None:
    assert bar({"current": 5, "total": 10}) == "[" + "=" * 25 + ">" + " " * 25 + "]        5B/10B"
    assert bar({}) == ""
