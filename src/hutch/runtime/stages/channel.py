"""Messages between a parent and the child it cloned: JSON over a seqpacket socket, with descriptors.

A message too long for the socket's buffer travels as a sealed-size memfd, so that no length of a config can overflow
or split a message. Uses ``_socket`` directly: the ``socket`` module would triple the import list of the launcher, and
``array`` loads collections.
"""

from __future__ import annotations

import _socket
import os
import struct

from hutch.model import json_text
from hutch.model.errors import Invalid

_INLINE = 48 * 1024
_LONGEST = 256 * 1024  # more than a datagram can be (net.core.wmem_max): others do not send memfds
_LIMIT = 64 * 1024 * 1024
_MAX_FDS = 253  # SCM_MAX_FD


class Closed(Exception):
    """The other side is gone (it ended, or its execve closed the channel)."""


class Channel:
    """One end. Owns its socket."""

    __slots__ = ("sock",)

    def __init__(self, sock: _socket.socket) -> None:
        self.sock = sock

    def fileno(self) -> int:
        """The socket's descriptor, for poll."""
        return self.sock.fileno()

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    def send(self, message: dict[str, object], fds: tuple[int, ...] = (), blob: bytes = b"") -> None:
        """Send ``message`` with ``fds`` and ``blob`` (bytes that are not text). Raises Closed, OSError."""
        try:
            data = json_text.encode(message).encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as err:
            raise Invalid(f"text that is not Unicode: {err.object[err.start : err.end]!r}") from None
        data += b"\0" + blob if blob else b""
        big = -1
        try:
            if len(data) > _INLINE:
                big = os.memfd_create("hutch-message", os.MFD_CLOEXEC)
                _write_all(big, data)
                data, fds = b"M", (big, *fds)
            rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack(f"{len(fds)}i", *fds))] if fds else []
            self.sock.sendmsg([data], rights, _socket.MSG_NOSIGNAL)
        except (BrokenPipeError, ConnectionResetError):
            raise Closed from None
        finally:
            if big >= 0:
                os.close(big)

    def receive(self) -> tuple[dict[str, object], list[int], bytes]:
        """The next message, its descriptors (close-on-exec, now ours) and blob. Raises Closed, OSError, ValueError."""
        size = _socket.CMSG_SPACE(_MAX_FDS * 4)
        try:
            data, ancillary, _, _ = self.sock.recvmsg(_LONGEST, size, _socket.MSG_CMSG_CLOEXEC)
        except ConnectionResetError:  # told once, when the other side went without reading all; what it sent waits
            data, ancillary, _, _ = self.sock.recvmsg(_LONGEST, size, _socket.MSG_CMSG_CLOEXEC)
        if not data:
            raise Closed
        descriptors: list[int] = []
        for level, kind, payload in ancillary:
            if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
                descriptors += memoryview(payload[: len(payload) - len(payload) % 4]).cast("i")
        if data == b"M":
            big = descriptors.pop(0)
            try:
                data = _read_all(big)
            finally:
                os.close(big)
        text, _, blob = data.partition(b"\0")
        try:
            return json_text.decode(text.decode("utf-8", "surrogateescape")), descriptors, blob
        except Invalid as err:
            raise ValueError(err.message) from None


def pair() -> tuple[Channel, Channel]:
    """Two connected ends, close-on-exec."""
    one, two = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)
    return Channel(one), Channel(two)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _read_all(fd: int) -> bytes:
    size = os.fstat(fd).st_size
    if size > _LIMIT:
        raise OSError(7, "message too long", "channel")
    return os.pread(fd, size, 0)
