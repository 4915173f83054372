"""One client connection: requests one after the other, answers whole or in pieces, or the whole of it given away.

A task per connection reads heads out of one bounded buffer, so a client that pipelines, stalls or never reads its
answers holds back itself only. Reading goes on while a route works, because that is how a client's end is noticed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from hutch.api import errors
from hutch.api.http import head as heads
from hutch.api.http.body import Body
from hutch.api.http.hijack import SocketHijack
from hutch.api.http.writing import Writer
from hutch.api.replies import Answer, Hijacked, Reply, Stream

if TYPE_CHECKING:
    from hutch.api.http.head import Head

HIGH_WATER = heads.MAX_HEAD + 1024  # a head must fit; beyond, reading stops
LOW_WATER = 64 << 10
HEAD_TIMEOUT = 20.0  # seconds from the first byte of a head to its last
IDLE_TIMEOUT = 3600.0  # seconds between requests; clients keep connections pooled
DRAIN_TIMEOUT = 10.0
LINGER = 1.0  # seconds a refused client may still send, so that it sees the answer and not a reset

Application = Callable[["Head", Body, SocketHijack], Awaitable[Answer]]
Report = Callable[[str, BaseException], None]


class Connection(asyncio.Protocol):
    """The server's side of a connection. ``serve`` answers a request; ``report`` hears of programming errors."""

    def __init__(self, serve: Application, report: Report, gone: Callable[[Connection], None]) -> None:
        self._serve = serve
        self._report = report
        self._gone = gone
        self._wake: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._paused = False
        self._streaming: Stream | None = None
        self.buffer = bytearray()
        self.ended = False  # the client sends no more
        self.lost = False
        self.busy = False
        self.closing = False
        self.refusal: float | None = None  # there are too many: seconds that this one may take to send its request
        self._released = False
        self.head_timeout = HEAD_TIMEOUT

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.writer = Writer(transport)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) > HIGH_WATER and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._wake_up()

    def eof_received(self) -> bool:
        self.ended = True
        self._wake_up()
        if self._streaming is not None and self._streaming.endless and self._task is not None:
            self._task.cancel()
        return True  # a client may close its sending side and still wait for the answer

    def connection_lost(self, _exc: Exception | None) -> None:
        self.ended = self.lost = True
        self.writer.lost()
        self._wake_up()
        if self._streaming is not None and self._task is not None:
            self._task.cancel()
        self._gone(self)

    def pause_writing(self) -> None:
        self.writer.pause()

    def resume_writing(self) -> None:
        self.writer.resume()

    # What bodies and hijacks call.

    async def more(self, timeout: float | None = None) -> bool:
        """Wait until bytes have arrived; false when none will come. Raises 408 after ``timeout`` seconds."""
        if self.ended:
            return False
        if self._paused and len(self.buffer) < LOW_WATER:
            self._paused = False
            self.transport.resume_reading()
        loop = asyncio.get_running_loop()
        self._wake = waiter = loop.create_future()
        timer = loop.call_later(timeout, _expire, waiter) if timeout is not None else None
        before = len(self.buffer)
        try:
            await waiter
        finally:
            self._wake = None
            if timer is not None:
                timer.cancel()
        return not self.ended or len(self.buffer) > before

    def say_continue(self) -> None:
        """The interim answer that a client with ``Expect: 100-continue`` waits for before it sends the body."""
        self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def release(self) -> None:
        """The hijack has the connection now: this object writes and reads no more."""
        self.closing = self._released = True

    def shut(self) -> None:
        """End of service: at once when idle, else after the present answer; streams are cut."""
        self.closing = True
        if (not self.busy or self._streaming is not None) and self._task is not None:
            self._task.cancel()

    async def finished(self) -> None:
        """Wait until the connection's task is done."""
        if self._task is not None:
            await asyncio.wait([self._task])

    # The conversation.

    async def _run(self) -> None:
        try:
            if self.refusal is not None:
                with contextlib.suppress(heads.BadRequest):
                    await self.more(self.refusal)
                self.writer.whole(None, errors.reply_to(heads.BadRequest("too many connections", 503)), keep=False)
                return
            while not self.closing and await self._exchange():
                pass
        except (ConnectionError, asyncio.CancelledError):
            self.transport.abort()
        except Exception as error:
            self._report("connection", error)
            self.transport.abort()
        finally:
            if not self._released:
                self.transport.close()

    async def _exchange(self) -> bool:
        """One request and its answer; false when the connection is to end."""
        try:
            head = await self._read_head()
        except heads.BadRequest as error:
            return await self._refuse(error)
        if head is None:
            return False
        self.busy = True
        try:
            body = Body(self, head)
            hijack = SocketHijack(self, head, body)
            answer = await self._answer(head, body, hijack)
            if hijack.taken or isinstance(answer, Hijacked):
                return False
            return await self._send(head, body, answer)
        finally:
            self.busy = False

    async def _read_head(self) -> Head | None:
        loop, deadline, searched = asyncio.get_running_loop(), 0.0, 0
        while True:
            if self.buffer.startswith((b"\r\n", b"\n")):  # RFC 9112, 2.2: blank lines before a request are skipped
                del self.buffer[: 2 if self.buffer.startswith(b"\r\n") else 1]
                continue
            end = heads.find_end(self.buffer, searched)
            if 0 <= end <= heads.MAX_HEAD:
                data = bytes(self.buffer[:end])
                del self.buffer[:end]
                return heads.parse(data)
            if len(self.buffer) > heads.MAX_HEAD:
                raise heads.BadRequest("request head too large", 431)
            searched = max(0, len(self.buffer) - 3)
            if self.buffer and not deadline:
                deadline = loop.time() + self.head_timeout
            timeout = max(0.0, deadline - loop.time()) if deadline else IDLE_TIMEOUT
            if not await self.more(timeout):
                return None

    async def _answer(self, head: Head, body: Body, hijack: SocketHijack) -> Answer:
        try:
            return await self._serve(head, body, hijack)
        except Exception as error:
            if not errors.is_expected(error):
                self._report(f"{head.method} {head.path}", error)
            if isinstance(error, ConnectionError) and self.ended:
                raise
            return errors.reply_to(error)

    async def _send(self, head: Head, body: Body, answer: Answer) -> bool:
        keep = head.keep_alive and not self.closing and not body.withheld
        if isinstance(answer, Stream):
            keep = await self._send_stream(head, answer, keep=keep) and await body.drain(DRAIN_TIMEOUT)
            if not keep and not body.complete:
                await self._linger()
            return keep
        assert isinstance(answer, Reply)
        if keep and not body.complete:
            keep = await body.drain(DRAIN_TIMEOUT)
        self.writer.whole(head, answer, keep=keep)
        await self.writer.drain()
        if not keep and not body.complete:
            await self._linger()
        return keep

    async def _send_stream(self, head: Head, stream: Stream, *, keep: bool) -> bool:
        """Write the pieces as they come; the client's end cancels the iterator."""
        self._streaming = stream
        if self.lost or (self.ended and stream.endless):
            raise ConnectionResetError
        started = False
        try:
            following = asyncio.ensure_future(anext(stream.pieces, None))
            await asyncio.sleep(0)  # the iterator runs to its first wait: it has subscribed, or failed already
            if stream.eager and not following.done():
                self.writer.start(head, stream, keep=keep)
                started = True
            while (piece := await _settle(following)) is not None:
                if not started:
                    self.writer.start(head, stream, keep=keep)
                    started = True
                self.writer.piece(piece)
                await self.writer.drain()
                following = asyncio.ensure_future(anext(stream.pieces, None))
            if not started:
                self.writer.start(head, stream, keep=keep)
        except ConnectionError:
            raise
        except Exception as error:
            return await self._fail_stream(head, stream, error, started=started, keep=keep)
        finally:
            self._streaming = None
            await _close(stream)
        self.writer.finish()
        await self.writer.drain()
        return keep

    async def _fail_stream(self, head: Head, stream: Stream, error: Exception, *, started: bool, keep: bool) -> bool:
        if not errors.is_expected(error):
            self._report(f"{head.method} {head.path}", error)
        if not started:
            self.writer.whole(head, errors.reply_to(error), keep=keep)
        elif stream.last_words is None:
            raise ConnectionAbortedError  # no final chunk: the client sees that the answer is not whole
        else:
            self.writer.piece(stream.last_words(error))
            self.writer.finish()
        await self.writer.drain()
        return keep

    async def _refuse(self, error: heads.BadRequest) -> bool:
        self.writer.whole(None, errors.reply_to(error), keep=False)
        await self.writer.drain()
        await self._linger()
        return False

    async def _linger(self) -> None:
        """Stop sending and read away for a moment: closing with bytes unread would take the answer back."""
        with contextlib.suppress(OSError, NotImplementedError):
            self.transport.write_eof()
        deadline = asyncio.get_running_loop().time() + LINGER
        with contextlib.suppress(heads.BadRequest):
            while (left := deadline - asyncio.get_running_loop().time()) > 0:
                self.buffer.clear()
                if not await self.more(left):
                    return

    def _wake_up(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


def _expire(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(heads.BadRequest("request timeout", 408))


async def _settle(following: asyncio.Future[bytes | None]) -> bytes | None:
    """Await the iterator's next piece; when we are cancelled, so is it, and we wait for its clean-up."""
    try:
        return await following
    except asyncio.CancelledError:
        following.cancel()
        await asyncio.wait([following])
        raise


async def _close(stream: Stream) -> None:
    close = getattr(stream.pieces, "aclose", None)
    if close is not None:
        await close()
