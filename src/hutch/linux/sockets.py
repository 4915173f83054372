"""Unix sockets without the ``socket`` module, which would double the import list of the launcher (unix(7))."""

from __future__ import annotations

import _socket
import fcntl
import os
import struct
import sys
import time

from hutch.linux import libc
from hutch.model.errors import SHORTAGES

_SIOCOUTQ = 0x5411
_BREATH = 0.001
"""Seconds of rest while there is no descriptor for whoever waits."""


def accept(listener: _socket.socket) -> _socket.socket:
    """The next connection, close-on-exec (accept4(2)). Raises BlockingIOError when there is none, OSError."""
    fd = libc.check(libc.held.accept4(listener.fileno(), None, None, _socket.SOCK_CLOEXEC), "accept")
    return _socket.socket(fileno=fd)


def peer_uid(sock: _socket.socket) -> int:
    """The user on the other end (SO_PEERCRED): who connected, or who made the pair."""
    credentials: tuple[int, int, int] = struct.unpack(
        "iII", sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
    )
    return credentials[1]


def unread(fd: int) -> int:
    """What the other end of a stream has not read yet: 0 if nothing, else some bytes more than that (SIOCOUTQ).

    On TCP it is what was not acknowledged (tcp(7)). Raises OSError.
    """
    return int.from_bytes(fcntl.ioctl(fd, _SIOCOUTQ, b"\0\0\0\0"), sys.byteorder)


def accept_own(listener: _socket.socket) -> _socket.socket | None:
    """The next connection, if it is of our own user; None when there is none (any more). Raises OSError.

    For want of a descriptor nobody ends: who has connected waits, and we are asked again for as long as they do.
    """
    try:
        sock = accept(listener)
    except (BlockingIOError, ConnectionAbortedError):
        return None
    except OSError as error:
        if error.errno not in SHORTAGES:
            raise
        time.sleep(_BREATH)
        return None
    if peer_uid(sock) == os.geteuid():
        return sock
    sock.close()
    return None
