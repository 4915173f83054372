"""Getting the master of a terminal from a runtime (``--console-socket``, as runc's and crun's): it sends it to us."""

from __future__ import annotations

import _socket
import array
import os

from hutch.linux.sockets import accept
from hutch.model.errors import System


class Receiver:
    """Listens at a socket in ``folder`` until closed; does nothing unless ``wanted``. Raises OSError."""

    def __init__(self, folder: str, name: str, *, wanted: bool) -> None:
        self._folder = -1
        self._name = f"{name}.sock"
        self._listener: _socket.socket | None = None
        self.arguments: list[str] = []
        """What to say to the runtime."""
        if not wanted:
            return
        self._folder = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC | _socket.SOCK_NONBLOCK)
        self._listener = listener
        try:
            listener.bind(f"/proc/self/fd/{self._folder}/{self._name}")  # sun_path is short, container paths are not
            listener.listen(1)
        except BaseException:
            self.close()
            raise
        self.arguments = ["--console-socket", f"/proc/{os.getpid()}/fd/{self._folder}/{self._name}"]

    def receive(self) -> int:
        """The master, sent by a runtime that has ended since; -1 when none is wanted. Raises System."""
        if self._listener is None:
            return -1
        try:
            connection = accept(self._listener)
        except BlockingIOError:
            raise System("the runtime sent no terminal") from None
        try:
            connection.setblocking(False)
            _, ancillary, _, _ = connection.recvmsg(4096, _socket.CMSG_SPACE(16), _socket.MSG_CMSG_CLOEXEC)
        finally:
            connection.close()
        fds = array.array("i")
        for level, kind, payload in ancillary:
            if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
                fds.frombytes(payload[: len(payload) - len(payload) % 4])
        if not fds:
            raise System("the runtime sent no terminal")
        for extra in fds[1:]:
            os.close(extra)
        return fds[0]

    def close(self) -> None:
        """Stop listening."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.close()
        try:
            os.unlink(self._name, dir_fd=self._folder)
        except FileNotFoundError:
            pass
        finally:
            os.close(self._folder)
            self._folder = -1

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()
