"""The writing end of a process's standard input: a pipe, or its terminal."""

from __future__ import annotations

import os
from collections.abc import Callable

from hutch.runtime.keeper.loop import WRITE, Loop

_FULL = 64 * 1024


class Stdin:
    """Queues what the process does not read yet; :attr:`full` tells the clients to stop sending.

    Owns ``fd``, which must be non-blocking. A terminal cannot be closed: :meth:`end` closes pipes only.
    """

    def __init__(self, loop: Loop, fd: int, *, terminal: bool) -> None:
        self._loop = loop
        self._fd = fd
        self._terminal = terminal
        self._queue = bytearray()
        self._ending = False
        self.on_drain: list[Callable[[], None]] = []
        """Called once each when the process read enough; then emptied."""

    @property
    def full(self) -> bool:
        """Whether clients should wait."""
        return len(self._queue) >= _FULL

    @property
    def open(self) -> bool:
        """Whether writing still makes sense."""
        return self._fd >= 0 and not self._ending

    def write(self, data: bytes) -> None:
        """Pass on ``data``; it is dropped when the process closed its end."""
        if not self.open or not data:
            return
        if self._queue:
            self._queue += data
            return
        try:
            done = os.write(self._fd, data)
        except BlockingIOError:
            done = 0
        except OSError:
            self.close()
            return
        if done < len(data):
            self._queue += data[done:]
            self._loop.watch(self._fd, WRITE, self._writable)

    def end(self) -> None:
        """End of input: close the pipe after what is queued."""
        if self._terminal or not self.open:
            return
        self._ending = True
        if not self._queue:
            self.close()

    def close(self) -> None:
        """Close at once, dropping what is queued."""
        if self._fd < 0:
            return
        self._loop.forget(self._fd)
        os.close(self._fd)
        self._fd = -1
        self._queue.clear()
        self._drained()

    def _writable(self, _events: int) -> None:
        try:
            done = os.write(self._fd, self._queue)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        del self._queue[:done]
        if not self._queue:
            self._loop.forget(self._fd)
            if self._ending:
                self.close()
        if not self.full:
            self._drained()

    def _drained(self) -> None:
        waiting, self.on_drain = self.on_drain, []
        for call in waiting:
            call()
