"""One attached client: frames out, keys in, over the client's own connection.

The connection is the client's socket itself (or a socketpair when the daemon does TLS), handed over by descriptor, so
an attached client survives the daemon. It is never switched to non-blocking mode, because the daemon may share the
open file; every call says MSG_DONTWAIT instead.

A client that reads too slowly fills a queue of 1 MiB. Then the output waits for it; but a client that takes nothing
at all for :data:`STALL` seconds is dropped with a visible note, so a stopped reader never stops the container. With
``blocking`` the output waits without end, as in Docker: right for pipelines, where lost output is worse than waiting.
"""

from __future__ import annotations

import _socket
from collections import deque
from collections.abc import Callable

from hutch.runtime.keeper.detach_keys import KeyMatcher
from hutch.runtime.keeper.loop import GONE, READ, WRITE, Loop, Timer
from hutch.runtime.keeper.stdin import Stdin

QUEUE_LIMIT = 1024 * 1024
STALL = 2.0
LINGER = 2.0
"""Seconds to wait for the client's own end after ours, so that its unread input does not reset the connection."""
_FLUSH = 30.0
"""Seconds without progress after which the rest of a finished stream is given up, unless the client is blocking."""
_FLAGS = _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL
_KINDS = {"stdout": 1, "stderr": 2}
_SYSTEM_ERROR = 3
STATUS = 4
"""A frame of our own, the last one of an exec's stream whose client wants it: the exit code, four bytes."""
_NOTE = "[hutch: detached: the reader did not keep up]"


class Attachment:
    """A client of a container's or an exec's streams. Owns ``fd``.

    ``names`` are the streams it wants; ``mux`` puts Docker's 8-byte header before each piece (API, attach);
    ``ended(reason)`` is called once: ``keys``, ``eof`` or ``slow``; ``resume()`` whenever it ceased to be congested.
    """

    def __init__(
        self,
        loop: Loop,
        fd: int,
        *,
        names: frozenset[str],
        mux: bool,
        stdin: Stdin | None,
        once: bool,
        keys: bytes = b"",
        blocking: bool = False,
        ended: Callable[[Attachment, str], None],
        resume: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._sock = _socket.socket(fileno=fd)
        self.names = names
        self._mux = mux
        self._stdin = stdin
        self._once = once
        self._keys = KeyMatcher(keys)
        self._blocking = blocking
        self._ended = ended
        self._resume = resume
        self._queue: deque[memoryview] = deque()
        self._queued = 0
        self._reading = stdin is not None
        self._finishing = self._closed = False
        self._timer: Timer | None = None
        self._mask = READ if self._reading else 0
        loop.watch(fd, self._mask, self._ready)

    # --- output

    @property
    def congested(self) -> bool:
        """Whether the output should wait for this client."""
        return self._queued >= QUEUE_LIMIT and not self._finishing

    def offer(self, name: str, data: bytes) -> None:
        """Send what the process wrote to ``name``."""
        if name not in self.names or self._finishing or self._closed:
            return
        self._push(_header(_KINDS[name], len(data)) if self._mux else b"", data)
        if self.congested and not self._blocking and not self._timer:
            self._timer = self._loop.after(STALL, self._stalled)

    def finish(self, note: str = "", status: int = -1) -> None:
        """No more output: send ``note``, ``status`` (from 0 on) and what is queued, then end the connection."""
        if self._finishing or self._closed:
            return
        if note:
            text = note.encode()
            self._push(_header(_SYSTEM_ERROR, len(text)) if self._mux else b"\r\n", text)
        if status >= 0:
            self._push(_header(STATUS, 4), status.to_bytes(4, "big"))
        self._finishing = True
        self._cancel_timer()
        if self._queue:
            self._progress()
        elif not self._closed:
            self._shut()

    def _push(self, header: bytes, data: bytes) -> None:
        done = 0
        if not self._queue:
            try:
                done = self._sock.sendmsg([header, data] if header else [data], [], _FLAGS)
            except BlockingIOError:
                done = 0
            except OSError:
                self._drop("eof")
                return
        total = len(header) + len(data)
        if done == total:
            return
        if done < len(header):
            self._queue.append(memoryview(header)[done:])
        self._queue.append(memoryview(data)[max(0, done - len(header)) :])
        self._queued += total - done
        self._set(self._mask | WRITE)

    def _flush(self) -> None:
        while self._queue:
            piece = self._queue[0]
            try:
                done = self._sock.send(piece, _FLAGS)
            except BlockingIOError:
                return
            except OSError:
                self._drop("eof")
                return
            self._queued -= done
            if done < len(piece):
                self._queue[0] = piece[done:]
                self._progress()
                return
            self._queue.popleft()
        self._progress()
        self._set(self._mask & ~WRITE)
        if self._finishing:
            self._shut()

    def _progress(self) -> None:
        self._cancel_timer()
        if self._finishing:
            if not self._blocking:
                self._timer = self._loop.after(_FLUSH, self.close)
        elif self.congested and not self._blocking:
            self._timer = self._loop.after(STALL, self._stalled)
        elif not self.congested:
            self._resume()

    def _stalled(self) -> None:
        self._timer = None
        self._reading = False
        self.finish(_NOTE)
        self._ended(self, "slow")
        self._resume()

    # --- input

    def start(self, pending: bytes = b"") -> None:
        """Take ``pending``, bytes the client sent before the connection came here, as its first input."""
        if pending and self._reading:
            self._input(pending)

    def _readable(self) -> None:
        if not self._reading:
            return
        try:
            data = self._sock.recv(16384, _socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            self._drop("eof")
            return
        if data:
            self._input(data)
        else:
            self._input_ended()

    def _input(self, data: bytes) -> None:
        stdin = self._stdin
        if stdin is None:
            return
        out, detach = self._keys.feed(data)
        stdin.write(out)
        if detach:
            self._reading = False
            self._set(self._mask & ~READ)
            self.finish()
            self._ended(self, "keys")
        elif stdin.full:
            self._set(self._mask & ~READ)
            stdin.on_drain.append(self._stdin_drained)

    def _stdin_drained(self) -> None:
        if self._reading and not self._closed:
            self._set(self._mask | READ)

    def _input_ended(self) -> None:
        self._reading = False
        self._set(self._mask & ~READ)
        if self._stdin is not None:
            self._stdin.write(self._keys.rest())
            if self._once:
                self._stdin.end()

    # --- the connection

    def _ready(self, events: int) -> None:
        if self._closed:
            return
        if self._finishing and not self._queue:
            self._discard()
            return
        if events & WRITE:
            self._flush()
        if events & READ and not self._closed:
            self._readable()
        if events & GONE and not self._closed and not self._mask & READ:
            self._drop("eof")

    def _set(self, mask: int) -> None:
        if mask != self._mask and not self._closed:
            self._mask = mask
            self._loop.change(self._sock.fileno(), mask)

    def _shut(self) -> None:
        """Half-close, then read and forget until the client closes too."""
        try:
            self._sock.shutdown(_socket.SHUT_WR)
        except OSError:
            self.close()
            return
        self._set(READ)
        self._cancel_timer()
        self._timer = self._loop.after(LINGER, self.close)

    def _discard(self) -> None:
        try:
            if self._sock.recv(16384, _socket.MSG_DONTWAIT):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.close()

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _drop(self, reason: str) -> None:
        """The connection broke."""
        told = self._finishing
        if self._reading:
            self._input_ended()
        self.close()
        if not told:
            self._ended(self, reason)
        self._resume()

    def close(self) -> None:
        """Close at once."""
        if self._closed:
            return
        self._cancel_timer()
        self._loop.forget(self._sock.fileno())
        self._closed = True
        self._queue.clear()
        self._queued = 0
        self._sock.close()

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._closed


def _header(kind: int, length: int) -> bytes:
    """The 8 bytes before a piece (Engine API, attach, "Stream format")."""
    return bytes((kind, 0, 0, 0)) + length.to_bytes(4, "big")
