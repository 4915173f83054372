"""Where the engine is."""

from __future__ import annotations

import pytest

from hutch.cli.address import DEFAULT, find
from hutch.cli.errors import CommandError


def test_the_flag_wins_then_hutch_then_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_HOST", "unix:///h")
    monkeypatch.setenv("DOCKER_HOST", "unix:///d")
    assert [find("unix:///f", False).path, find("", False).path] == ["/f", "/h"]
    monkeypatch.delenv("HUTCH_HOST")
    assert (find("", False).path, find("", False).own) == ("/d", False)
    monkeypatch.delenv("DOCKER_HOST")
    assert (find("", False).text, find("", False).named) == (DEFAULT, False)


def test_ports() -> None:
    assert (find("tcp://h", True).port, find("h:1", False).port, find("tcp://[::1]:5", False).path) == (2376, 1, "::1")


def test_other_schemes_are_refused() -> None:
    with pytest.raises(CommandError, match="ssh:// is not supported"):
        find("ssh://h", False)
