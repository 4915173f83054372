"""Frames of both streams."""

from __future__ import annotations

import pytest

from hutch.cli.errors import CommandError
from hutch.cli.frames import Frames


def test_any_cut_gives_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    data = b"\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\3err\1\0\0\0\0\0\0\1!"
    for size in (1, 2, 7, 8, 9, 100):
        frames = Frames()
        for at in range(0, len(data), size):
            frames.feed(data[at : at + size])
        assert capfd.readouterr() == ("out!", "err")


def test_the_last_frame_may_be_an_exit_code(capfd: pytest.CaptureFixture[str]) -> None:
    data = b"\1\0\0\0\0\0\0\3out\4\0\0\0\0\0\0\4\0\0\0\x89"
    for size in (1, 3, 8, 100):
        frames = Frames()
        assert frames.status is None
        for at in range(0, len(data), size):
            frames.feed(data[at : at + size])
        assert frames.status == 137
        assert capfd.readouterr() == ("out", "")


def test_errors() -> None:
    with pytest.raises(CommandError, match="error from daemon in stream: no"):
        Frames().feed(b"\3\0\0\0\0\0\0\2no")
    with pytest.raises(CommandError, match="unrecognized input header: 104"):
        Frames().feed(b"hello world")
