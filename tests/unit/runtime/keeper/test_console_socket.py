from __future__ import annotations

import array
import os
import socket
from pathlib import Path

import pytest

from hutch.model.errors import System
from hutch.runtime.keeper.console_socket import Receiver


def send(path: str, *fds: int) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds).tobytes())] if fds else []
        sock.sendmsg([b"/dev/ptmx"], rights)


def test_the_descriptor_that_was_sent(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    read, write = os.pipe()
    with Receiver(str(deep), "console", wanted=True) as receiver:
        option, path = receiver.arguments
        assert option == "--console-socket"
        assert len(path) < 100  # fits a socket address wherever the container's folder is
        send(path, write)
        fd = receiver.receive()
        assert os.fstat(fd).st_ino == os.fstat(write).st_ino
        assert not os.get_inheritable(fd)
    assert not list(deep.iterdir())
    for each in (read, write, fd):
        os.close(each)


def test_nothing_sent(tmp_path: Path) -> None:
    with Receiver(str(tmp_path), "console", wanted=True) as receiver:
        with pytest.raises(System, match="no terminal"):
            receiver.receive()
        send(receiver.arguments[1])
        with pytest.raises(System, match="no terminal"):
            receiver.receive()


def test_nothing_wanted(tmp_path: Path) -> None:
    with Receiver(str(tmp_path), "console", wanted=False) as receiver:
        assert receiver.arguments == []
        assert receiver.receive() == -1
    assert not list(tmp_path.iterdir())
