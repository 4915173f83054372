"""Answers as bytes on a transport, never more than the transport's buffer ahead of the client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hutch.api.replies import REASONS, Headers, Reply, Stream

if TYPE_CHECKING:
    from hutch.api.http.head import Head

BUFFER = 256 << 10  # bytes a client may be behind before its stream waits
BODILESS = frozenset((204, 304))


def render_head(status: int, headers: Headers, *, http10: bool = False, reason: str = "") -> bytes:
    """A status line and header fields, with the blank line. Line ends inside a value are refused."""
    lines = [f"HTTP/1.{0 if http10 else 1} {status} {reason or REASONS.get(status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise ValueError("line end in a header value")
    return text.encode("latin-1", "replace") + b"\r\n\r\n"


class Writer:
    """Writes answers and waits for slow clients."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._room: asyncio.Future[None] | None = None
        self._paused = False
        self._lost = False
        self._chunked = False
        self._silent = False
        transport.set_write_buffer_limits(high=BUFFER)

    def pause(self) -> None:
        """The transport's buffer is full."""
        self._paused = True

    def resume(self) -> None:
        """The transport's buffer has room."""
        self._paused = False
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def lost(self) -> None:
        """The connection is gone: whoever waits is told."""
        self._lost = True
        if self._room is not None and not self._room.done():
            self._room.set_exception(ConnectionResetError())

    async def drain(self) -> None:
        """Wait until the client has taken enough; raises ConnectionResetError when it has gone."""
        if self._lost or self._transport.is_closing():
            raise ConnectionResetError
        if self._paused:
            self._room = asyncio.get_running_loop().create_future()
            try:
                await self._room
            finally:
                self._room = None

    async def flush(self) -> None:
        """Wait until the transport's buffer is empty."""
        self._transport.set_write_buffer_limits(high=0)
        await self.drain()

    def whole(self, head: Head | None, reply: Reply, *, keep: bool) -> None:
        """A whole answer; ``head`` is None when the request could not be understood."""
        headers = list(reply.headers)
        if reply.status not in BODILESS:
            headers.append(("Content-Length", str(len(reply.body))))
        headers += _connection(head, keep)
        data = render_head(reply.status, headers, http10=head is not None and head.http10)
        if reply.status not in BODILESS and not (head is not None and head.method == "HEAD"):
            data += reply.body
        self._transport.write(data)

    def start(self, head: Head, stream: Stream, *, keep: bool) -> None:
        """The head of an answer in pieces. HTTP/1.0 has no chunks: there the end of the connection ends the answer."""
        self._chunked = not head.http10
        self._silent = head.method == "HEAD"
        headers = list(stream.headers)
        if self._chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        headers += _connection(head, keep and self._chunked)
        self._transport.write(render_head(stream.status, headers, http10=head.http10))

    def piece(self, data: bytes) -> None:
        """One piece, as one chunk."""
        if not data or self._silent:
            return
        if not self._chunked:
            self._transport.write(data)
        elif len(data) < 8192:
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        else:
            self._transport.writelines((b"%x\r\n" % len(data), data, b"\r\n"))

    def finish(self) -> None:
        """The end of an answer in pieces."""
        if self._chunked and not self._silent:
            self._transport.write(b"0\r\n\r\n")


def _connection(head: Head | None, keep: bool) -> list[tuple[str, str]]:
    if not keep:
        return [("Connection", "close")]
    return [("Connection", "keep-alive")] if head is not None and head.http10 else []
