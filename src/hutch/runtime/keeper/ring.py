"""``mode=non-blocking``: what is to be logged waits in a bounded buffer, and a thread writes it.

A disk that hangs holds up the thread alone: the container's output goes on to be read, and when the buffer is full
its oldest part is dropped for the newest (as new versions of moby do it; older ones drop the newest).
"""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable

_FLUSH = 2.0
"""Seconds that closing waits for what is in the buffer."""

Sink = Callable[[str, bytes, int], None]
Told = Callable[[int], None]


class Ring:
    """Blocks on their way to ``sink``, at most ``size`` bytes of them, or one block of any length.

    ``dropped(bytes)`` is called in the thread, before the next block, with what had to be dropped since the last.
    """

    def __init__(self, size: int, sink: Sink, dropped: Told) -> None:
        self._size = size
        self._sink = sink
        self._dropped = dropped
        self._blocks: deque[tuple[str, bytes, int]] = deque()
        self._used = 0
        self._lost = 0
        self._closing = False
        self._busy = _thread.allocate_lock()
        """Held for a few instructions by whoever looks at the fields above."""
        self._wanted, self._done = _thread.allocate_lock(), _thread.allocate_lock()
        self._wanted.acquire()
        self._done.acquire()
        _thread.start_new_thread(self._run, ())

    def put(self, stream: str, block: bytes, at: int) -> None:
        """Add a block; never waits for the sink."""
        for part in _parts(block, self._size):
            with self._busy:
                while self._blocks and self._used + len(part) > self._size:
                    old = self._blocks.popleft()[1]
                    self._used -= len(old)
                    self._lost += len(old)
                self._blocks.append((stream, part, at))
                self._used += len(part)
                self._wake()

    def close(self) -> bool:
        """Write what is there, for a while; whether all could be."""
        with self._busy:
            self._closing = True
            self._wake()
        return self._done.acquire(timeout=_FLUSH)

    def _wake(self) -> None:
        if self._wanted.locked():
            self._wanted.release()

    def _run(self) -> None:
        try:
            while True:
                self._wanted.acquire()
                while self._next():
                    continue
                with self._busy:
                    if self._closing and not self._blocks:
                        return
        finally:
            self._done.release()

    def _next(self) -> bool:
        with self._busy:
            if not self._blocks:
                return False
            stream, block, at = self._blocks.popleft()
            self._used -= len(block)
            lost, self._lost = self._lost, 0
        if lost:
            self._dropped(lost)
        self._sink(stream, block, at)
        return True


def _parts(block: bytes, size: int) -> list[bytes]:
    """``block`` cut after newlines into parts of at most ``size`` bytes, where that is possible."""
    if len(block) <= size:
        return [block]
    parts = []
    start = 0
    while start < len(block):
        end = len(block)
        if end - start > size:
            end = block.rfind(b"\n", start, start + max(1, size)) + 1 or block.find(b"\n", start) + 1 or end
        parts.append(block[start:end])
        start = end
    return parts
