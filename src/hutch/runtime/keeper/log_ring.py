"""``mode=non-blocking``: what is to be logged waits in a bounded buffer, and a process of its own writes it.

A disk that hangs holds up that process alone: the container's output goes on to be read, and when the buffer is full
its oldest part is dropped for the newest (as new versions of moby do it; older ones drop the newest).
"""

from __future__ import annotations

import _socket
import os
import select
import struct
import time
from collections import deque

from hutch.linux import process, signals
from hutch.runtime.keeper.lines import LineSplitter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from hutch.runtime.keeper.log import FileLog

FLUSH = 2.0
"""Seconds that closing waits for what is in the buffer to be written."""
_HEAD = struct.Struct("=Bqq")
_NAMES = ("stdout", "stderr")
_LARGEST = 1 << 20


class Ring:
    """Blocks in order, at most ``size`` bytes of them, or one block of any length."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._blocks: deque[tuple[str, bytes, int]] = deque()
        self._used = 0
        self.lost = 0
        """Bytes dropped; whoever tells of them sets it to 0."""

    def __len__(self) -> int:
        return len(self._blocks)

    def put(self, stream: str, block: bytes, at: int) -> None:
        """Add a block at the end, in parts if it is longer than the buffer; the oldest ones go if there is no room."""
        for part in _parts(block, self._size):
            while self._blocks and self._used + len(part) > self._size:
                self.lost += len(self.pop()[1])
            self._blocks.append((stream, part, at))
            self._used += len(part)

    def first(self) -> tuple[str, bytes, int]:
        """The oldest block. There must be one."""
        return self._blocks[0]

    def pop(self) -> tuple[str, bytes, int]:
        """Take the oldest block out."""
        block = self._blocks.popleft()
        self._used -= len(block[1])
        return block


class RingLog:
    """A log whose file only a child of ours has open: ``opened`` makes it, there. Raises OSError.

    Whoever writes must call :meth:`flush` when the descriptor can be written to, as long as :attr:`waiting`.
    """

    def __init__(self, size: int, opened: Callable[[], FileLog]) -> None:
        self._ring = Ring(size)
        self._lines = {name: LineSplitter() for name in _NAMES}
        kind = _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC
        self._sock, theirs = _socket.socketpair(_socket.AF_UNIX, kind)
        if not os.fork():
            _serve(theirs, opened)
        theirs.close()
        self._sock.setblocking(False)

    def fileno(self) -> int:
        """The descriptor that leads to the writing process."""
        return self._sock.fileno()

    @property
    def waiting(self) -> bool:
        """Whether there is more than the writing process takes now."""
        return len(self._ring) > 0

    def write(self, stream: str, chunk: bytes) -> None:
        """Log what was read from ``stream`` (``stdout`` or ``stderr``); never waits."""
        for block, at in self._lines[stream].feed(chunk, time.time_ns()):
            self._ring.put(stream, block, at)
        self.flush()

    def finish(self, stream: str) -> None:
        """The stream ended: log an unfinished last line."""
        for block, at in self._lines[stream].finish(time.time_ns()):
            self._ring.put(stream, block, at)
        self.flush()

    def flush(self) -> None:
        """Hand over what can be handed over without waiting."""
        ring = self._ring
        while len(ring):
            stream, block, at = ring.first()
            head = _HEAD.pack(_NAMES.index(stream), at, ring.lost)
            try:
                self._sock.sendmsg([head, block], [], _socket.MSG_NOSIGNAL)
            except BlockingIOError:
                return
            except OSError:  # the writing process is no more: somebody killed it, or it could not open the file
                ring.lost += len(block)
                ring.pop()
                continue
            ring.pop()
            ring.lost = 0

    def close(self) -> None:
        """End the writing process when all is written, or leave it to itself when that takes too long."""
        end = time.monotonic() + FLUSH
        poll = select.poll()
        while self.waiting and (left := end - time.monotonic()) > 0:
            poll.register(self._sock, select.POLLOUT)
            poll.poll(left * 1000)
            self.flush()
        try:
            self._sock.shutdown(_socket.SHUT_WR)
            poll.register(self._sock, select.POLLIN)
            poll.poll(max(0.0, end - time.monotonic()) * 1000)
        except OSError:  # it has ended already
            pass
        self._sock.close()


def _serve(sock: _socket.socket, opened: Callable[[], FileLog]) -> NoReturn:
    """The whole process: write what comes until the other end is closed."""
    try:
        keep = sock.fileno()
        process.close_from(3, keep - 1)
        process.close_from(keep + 1)
        process.set_name("hutch-log")
        signals.forget_children()
        signals.ignore_children()
        log = opened()
        while data := sock.recv(_LARGEST):
            number, at, lost = _HEAD.unpack_from(data)
            if lost:
                log.lose(lost, "the buffer was full")
            log.append(_NAMES[number], data[_HEAD.size :], at)
        log.close()
        os._exit(0)
    except BaseException:
        os._exit(1)


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
