"""A terminal or pipes joined to a hijacked connection: what ``attach``, ``run`` and ``exec`` do while they wait."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the signal module imports enum
import posix
import select
import sys

from hutch.cli import frames
from hutch.cli.errors import CommandError
from hutch.cli.terminal import KeyWatch, Raw, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from hutch.cli.client import Client
    from hutch.cli.wire import Wire

_CHUNK = 1 << 16
_NOT_PROXIED = (
    "SIGCHLD",
    "SIGPIPE",
    "SIGURG",
    "SIGKILL",
    "SIGSTOP",
    "SIGWINCH",
    "SIGTTIN",
    "SIGTTOU",
    "SIGTSTP",
    "SIGCONT",
)


def proxied_signals() -> dict[int, str]:
    """The signals that are passed on to the container, with their names."""
    out = {}
    for name in dir(_signal):
        if name.startswith("SIG") and name[3] != "_" and name not in _NOT_PROXIED:
            number = getattr(_signal, name)
            if isinstance(number, int) and 0 < number < 32 and number not in (8, 11, 4, 7, 6, 5):
                out[number] = name[3:]
    return out


class Session:
    """One hijacked connection and this process's standard streams."""

    def __init__(self, wire: Wire, *, tty: bool, stdin: bool, keys: bytes, multiplexed: bool) -> None:
        self.wire = wire
        self.tty = tty
        self.stdin = stdin
        self.keys = KeyWatch(keys) if tty and keys else None
        self.sink: frames.Raw | frames.Frames = frames.Frames() if multiplexed else frames.Raw()
        self.pending = b""
        self.detached = False

    def run(self) -> bool:
        """Copies until the engine ends the connection; True if it was the detach keys that ended it."""
        with Raw(0, self.tty and self.stdin):
            if self.wire.buffer:
                data, self.wire.buffer = self.wire.buffer, b""
                self.sink.feed(data)
            if not self.stdin:
                self._only_output()
            else:
                self._both()
        self.wire.close()
        return self.detached

    def _receive(self) -> bytes:
        try:
            data: bytes = self.wire.socket.recv(_CHUNK)
        except ConnectionError:
            return b""
        return data

    @property
    def status(self) -> int | None:
        """The exit code, if the stream ended with one."""
        return self.sink.status

    def _only_output(self) -> None:
        while self.sink.status is None and (data := self._receive()):
            self.sink.feed(data)

    def _both(self) -> None:
        socket = self.wire.socket
        number = socket.fileno()
        poll = select.poll()
        poll.register(number, select.POLLIN)
        reading = True
        poll.register(0, select.POLLIN)
        while self.sink.status is None:
            for fd, _ in poll.poll():
                if fd == number:
                    if self.pending and self._send():
                        poll.modify(number, select.POLLIN)
                        poll.register(0, select.POLLIN)
                        continue
                    data = self._receive_ready()
                    if data is None:
                        continue
                    if not data:
                        return
                    self.sink.feed(data)
                elif reading:
                    reading = self._typed()
                    if self.detached:
                        return
                    if not reading:
                        poll.unregister(0)
                    elif self.pending and not self._send():
                        poll.unregister(0)
                        poll.modify(number, select.POLLIN | select.POLLOUT)

    def _receive_ready(self) -> bytes | None:
        """Received bytes, ``b""`` at the end, None if there are none after all."""
        socket = self.wire.socket
        try:
            received: bytes = socket.recv(_CHUNK, 0x40)  # MSG_DONTWAIT
            return received
        except BlockingIOError:
            return None
        except ConnectionError:
            return b""

    def _typed(self) -> bool:
        """Reads standard input; False at its end (the write side of the connection is closed then)."""
        try:
            data = posix.read(0, _CHUNK)
        except OSError:
            data = b""
        if data:
            if self.keys:
                data, self.detached = self.keys.feed(data)
            self.pending += data
            return True
        self._half_close()
        return False

    def _half_close(self) -> None:
        socket = self.wire.socket
        try:
            socket.shutdown(1)
        except OSError:
            return

    def _send(self) -> bool:
        """Sends what is pending as far as the connection takes it; True when nothing is left."""
        socket = self.wire.socket
        try:
            sent = socket.send(self.pending, 0x40)  # MSG_DONTWAIT
            self.pending = self.pending[sent:]
        except BlockingIOError:
            pass
        except ConnectionError:
            self.pending = b""
        return not self.pending


def watch_size(resize: Callable[[int, int], None]) -> None:
    """Calls ``resize(rows, columns)`` now and whenever the terminal's size changes."""

    def changed(*_: object) -> None:
        rows, columns = size(1)
        if not (rows or columns):
            rows, columns = size(0)
        if rows or columns:
            try:
                resize(rows, columns)
            except CommandError:
                return  # the process may be gone, or not there yet

    changed()
    _signal.signal(28, changed)  # SIGWINCH


def proxy_signals(client: Client, container: str) -> None:
    """Passes signals of this process on to the container; the third SIGINT or SIGTERM ends this process."""
    forced = [0]

    def passed(number: int, _: object) -> None:
        if number in (2, 15):
            forced[0] += 1
            if forced[0] >= 3:
                sys.stderr.write("got 3 SIGTERM/SIGINTs, forcefully exiting\n")
                raise CommandError("", 1)
        try:
            client.request("POST", f"/containers/{container}/kill", {"signal": names[number]}, fresh=True).read()
        except CommandError:
            return  # it has ended in this moment

    names = proxied_signals()
    for number in names:
        _signal.signal(number, passed)


def resizer(client: Client, path: str) -> Callable[[int, int], None]:
    """A function that tells the engine the size of the terminal of ``path`` (a container or exec)."""

    def resize(rows: int, columns: int) -> None:
        client.request("POST", f"{path}/resize", {"h": str(rows), "w": str(columns)}, fresh=True).read()

    return resize
