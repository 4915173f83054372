"""Streams joined to a connection."""

from __future__ import annotations

import socket

import pytest

from hutch.cli.session import Session, proxied_signals
from hutch.cli.wire import Wire


def test_signals_that_are_passed_on() -> None:
    names = proxied_signals().values()
    assert {"INT", "TERM", "HUP", "USR1", "QUIT"} <= set(names)
    assert not {"CHLD", "PIPE", "URG", "KILL", "STOP", "WINCH"} & set(names)


def test_output_until_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(b"\1\0\0\0\0\0\0\2hi")
    theirs.close()
    wire = Wire(ours)
    assert Session(wire, tty=False, stdin=False, keys=b"", multiplexed=True).run() is False
    assert capfd.readouterr().out == "hi"
