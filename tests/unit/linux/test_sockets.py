from __future__ import annotations

import _socket
import os
from pathlib import Path

import pytest

from hutch.linux import sockets
from support.limits import few


def test_a_connection_is_ours_and_not_inherited(tmp_path: Path) -> None:
    listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_NONBLOCK)
    listener.bind(str(tmp_path / "s"))
    listener.listen(1)
    with pytest.raises(BlockingIOError):
        sockets.accept(listener)
    client = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    client.connect(str(tmp_path / "s"))
    accepted = sockets.accept(listener)
    assert not os.get_inheritable(accepted.fileno())
    assert sockets.peer_uid(accepted) == os.geteuid()
    client.send(b"x")
    assert accepted.recv(10) == b"x"
    for each in (accepted, client, listener):
        each.close()


def test_who_is_somebody_else_is_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_NONBLOCK)
    listener.bind(str(tmp_path / "s"))
    listener.listen(2)
    assert sockets.accept_own(listener) is None, "nobody is there"
    clients = [_socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET) for _ in range(2)]
    for client in clients:
        client.connect(str(tmp_path / "s"))
    accepted = sockets.accept_own(listener)
    assert accepted is not None
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert sockets.accept_own(listener) is None
    assert clients[1].recv(1) == b"", "closed"
    for each in (accepted, *clients, listener):
        each.close()


def test_without_a_descriptor_who_knocks_waits(tmp_path: Path) -> None:
    listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_NONBLOCK)
    listener.bind(str(tmp_path / "s"))
    listener.listen(1)
    client = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    client.connect(str(tmp_path / "s"))
    with few(os.getpid(), 0):
        assert sockets.accept_own(listener) is None
    accepted = sockets.accept_own(listener)
    assert accepted is not None
    for each in (accepted, client, listener):
        each.close()


def test_what_the_other_end_has_not_read() -> None:
    ours, theirs = _socket.socketpair()
    assert sockets.unread(ours.fileno()) == 0
    ours.send(b"some")
    assert sockets.unread(ours.fileno()) >= 4
    assert theirs.recv(10) == b"some"
    assert sockets.unread(ours.fileno()) == 0
    ours.close()
    theirs.close()
