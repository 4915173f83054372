from __future__ import annotations

import _socket
import os
from pathlib import Path

import pytest

from hutch.linux import sockets


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
