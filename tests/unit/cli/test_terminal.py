"""Keys and terminals."""

from __future__ import annotations

import os
import pty
import termios

import pytest

from hutch.cli.errors import CommandError
from hutch.cli.terminal import KeyWatch, Raw, parse_keys


def test_keys() -> None:
    assert parse_keys("") == b"\x10\x11"
    assert parse_keys("ctrl-a,b,ctrl-[,DEL") == b"\x01b\x1b\x7f"
    with pytest.raises(CommandError, match="Unknown character: 'ctrl-1'"):
        parse_keys("ctrl-1")


def test_a_beginning_is_held_back_until_it_is_none() -> None:
    watch = KeyWatch(b"ab")
    assert watch.feed(b"xa") == (b"x", False)
    assert watch.feed(b"c") == (b"ac", False)
    assert watch.feed(b"aabz") == (b"a", True)


def test_raw_mode_is_undone() -> None:
    leader, follower = pty.openpty()
    before = termios.tcgetattr(follower)
    with Raw(follower, True):
        assert not termios.tcgetattr(follower)[3] & termios.ECHO
    assert termios.tcgetattr(follower) == before
    os.close(leader)
    os.close(follower)
