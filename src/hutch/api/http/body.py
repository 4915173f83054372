"""A request body as a stream: read from the connection as the reader asks, so that the client is held back."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Protocol

from hutch.api.http.framing import framing
from hutch.api.http.head import BadRequest, Head

DRAIN_LIMIT = 256 << 10  # bytes of an unread body that are read away to keep the connection


class Source(Protocol):
    """The connection, as far as a body needs it."""

    buffer: bytearray

    async def more(self, timeout: float | None = None) -> bool:
        """Wait for bytes; false at the end of the client's stream."""
        ...

    def say_continue(self) -> None:
        """Send the interim answer 100."""
        ...


class Body:
    """The body of one request. Iterating raises ConnectionError when the client ends early."""

    __slots__ = ("_broken", "_expects", "_framing", "_source", "idle_timeout", "seen")

    def __init__(self, source: Source, head: Head) -> None:
        self._source = source
        self._framing = framing(head.length, chunked=head.chunked)
        self._expects = head.expects
        self._broken = False
        self.seen = 0
        self.idle_timeout: float | None = None  # seconds without a byte; None for uploads, whose sender may think

    @property
    def complete(self) -> bool:
        """Whether all of it has been read."""
        return self._framing.done

    @property
    def withheld(self) -> bool:
        """Whether the client waits for a 100 that nobody has sent."""
        return self._expects and not self.complete

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces()

    async def _pieces(self) -> AsyncIterator[bytes]:
        while piece := await self.next():
            yield piece

    async def next(self) -> bytes:
        """The next piece, empty at the end."""
        if self._expects and not self.complete:
            self._expects = False
            self._source.say_continue()
        try:
            while not self._framing.done:
                if piece := self._framing.take(self._source.buffer):
                    self.seen += len(piece)
                    return piece
                if not self._framing.done and not await self._source.more(self.idle_timeout):
                    raise ConnectionResetError("the client ended the connection within a request body")
        except BadRequest:
            self._broken = True  # where the next request would begin is not known
            raise
        return b""

    async def whole(self, limit: int, timeout: float) -> bytes:
        """All of it, at most ``limit`` bytes; 413 beyond, 408 when a pause is longer than ``timeout`` seconds."""
        self.idle_timeout = timeout
        pieces: list[bytes] = []
        while piece := await self.next():
            pieces.append(piece)
            if self.seen > limit:
                raise BadRequest(f"request body larger than {limit} bytes", 413)
        return b"".join(pieces)

    async def drain(self, timeout: float) -> bool:
        """Read away what is left; false when that is too much, so that the connection must end."""
        self.idle_timeout, start = timeout, self.seen
        with contextlib.suppress(BadRequest):
            while not (self.complete or self._broken or self.withheld) and self.seen - start <= DRAIN_LIMIT:
                await self.next()
        return self.complete
