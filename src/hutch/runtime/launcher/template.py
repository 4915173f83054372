"""The process that keepers are forked from: it does nothing else, so that what it has in memory stays shared.

Whatever a process writes after a fork, and be it a reference count, is no longer shared with its child. The launcher
talks with daemons, and each keeper forked from it would have the former state of all that for itself.
"""

from __future__ import annotations

import _socket
import array
import errno
import gc
import os
from _socket import socket

from hutch.linux import process, signals
from hutch.model.errors import System
from hutch.runtime.keeper.main import run
from hutch.runtime.stages.channel import Channel, pair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_SPACE = _socket.CMSG_SPACE(4)


class Template:
    """Our end of one. It ends when this end is closed."""

    def __init__(self) -> None:
        self._sock: _socket.socket | None = None

    def fork(self, parked: tuple[str, str] | None) -> tuple[int, Channel]:
        """A new keeper: its pid, and its control channel. Raises System, OSError."""
        ours, theirs = pair()
        wanted = f"{parked[0]} {parked[1]}" if parked else "-"
        try:
            return self._ask(wanted, theirs.fileno()), ours
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()

    def _ask(self, wanted: str, fd: int) -> int:
        rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [fd]).tobytes())]
        for attempt in (1, 2):
            sock = self._sock or self._start()
            try:
                sock.sendmsg([wanted.encode()], rights, _socket.MSG_NOSIGNAL)
                if answer := sock.recv(64):
                    pid = int(answer)
                    if pid > 0:
                        return pid
                    raise OSError(-pid, os.strerror(-pid), "fork")
            except (BrokenPipeError, ConnectionResetError):
                pass
            if attempt == 1:  # somebody killed it: the next one is as good, if not as small
                self.close()
        raise System("the process that keepers are forked from does not live")

    def start(self) -> None:
        """Make it now, before our memory gets in motion. Raises OSError."""
        self._start()

    def _start(self) -> _socket.socket:
        ours, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)
        if not os.fork():
            _serve(theirs)
        theirs.close()
        self._sock = ours
        return ours

    def close(self) -> None:
        """End it; the keepers live on."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None


def _serve(sock: _socket.socket) -> NoReturn:
    """The whole process: fork whenever asked. As little as possible is touched between two forks."""
    try:
        gc.disable()
        signals.forget_children()
        signals.ignore_children()
        keep = sock.fileno()
        process.close_from(3, keep - 1)
        process.close_from(keep + 1)
        process.set_name("hutch-template")
        while True:
            data, ancillary, _, _ = sock.recvmsg(512, _SPACE, _socket.MSG_CMSG_CLOEXEC)
            if not data:
                os._exit(0)
            if not ancillary:  # there was no room for it (unix(7), MSG_CTRUNC)
                sock.send(b"%d" % -errno.EMFILE)
                continue
            fd = int.from_bytes(ancillary[0][2][:4], "little")
            try:
                pid = os.fork()
            except OSError as error:
                pid = -(error.errno or 1)
            if not pid:
                sock.close()  # the only other descriptor that a keeper would have from us
                _become(data, fd)
            os.close(fd)
            sock.send(b"%d" % pid)
    finally:
        os._exit(1)


def _become(data: bytes, fd: int) -> NoReturn:
    name, _, cgroup = data.decode().partition(" ")
    run(Channel(socket(fileno=fd)), (name, cgroup) if cgroup else None)
