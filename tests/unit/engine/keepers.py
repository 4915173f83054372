"""A keeper's or launcher's side of a connection, played by a test over a real socket pair."""

from __future__ import annotations

import array
import json
import os
import socket
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]


class Far:
    """The other end."""

    def __init__(self) -> None:
        self.ours, self.sock = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def receive(self) -> Json:
        """The next message; descriptors it brought are closed."""
        data, rights, _, _ = self.sock.recvmsg(1 << 20, 1024)
        fds = array.array("i")
        for _, _, part in rights:
            fds.frombytes(part)
        for fd in fds:
            os.close(fd)
        return {**json.loads(data), "fds": len(fds)}

    def send(self, message: Json, *fds: int) -> None:
        """Send a message."""
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.sock.sendmsg([json.dumps(message).encode()], rights)


class Notes:
    """A watcher that writes down what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *values: self.seen.append((name, *values))
