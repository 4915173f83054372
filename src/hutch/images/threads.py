"""Blocking work of this room behind asyncio: generators that run in threads, request bodies that threads read."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

_END = object()
_ROOM = 1000  # items that a reader may be behind
_PIECE = 1 << 20  # bytes that are handed on at once
_GATHER = 0.05  # seconds after which fewer are
_WAIT = 600.0  # seconds a client may keep a thread waiting for the next piece of a request body


class ByteStream(Protocol):
    """A request body that is read as it arrives."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...


class BodyReader:
    """A blocking ``read(n)`` over a request body for another thread; to be made in the body's event loop.

    The loop fetches the next piece while the thread works on the last: :meth:`close` ends that.
    """

    def __init__(self, body: ByteStream) -> None:
        self._loop = asyncio.get_running_loop()
        self._pieces = aiter(body)
        self._next: Future[bytes] | None = None
        self._rest = b""
        self._ended = False

    def __call__(self, count: int) -> bytes:
        """At most ``count`` bytes, none at the end. Raises TimeoutError if the client sends nothing for ten minutes."""
        if not self._rest and not self._ended:
            future = self._next or self._ask()
            try:
                self._rest = future.result(_WAIT)
            except TimeoutError:
                future.cancel()
                raise
            finally:
                self._next = None
            self._ended = not self._rest
            if not self._ended:
                self._next = self._ask()
        if len(self._rest) <= count:
            part, self._rest = self._rest, b""
        else:
            part, self._rest = self._rest[:count], self._rest[count:]
        return part

    def _ask(self) -> Future[bytes]:
        return asyncio.run_coroutine_threadsafe(self._following(), self._loop)

    async def _following(self) -> bytes:
        """As much as comes at once, because each way between the threads costs."""
        gathered, size, until = [], 0, self._loop.time() + _GATHER
        async for piece in self._pieces:
            gathered.append(piece)
            size += len(piece)
            if size >= _PIECE or (size and self._loop.time() > until):  # an empty one is not the end
                break
        return b"".join(gathered)

    def close(self) -> None:
        """Fetch nothing more."""
        if self._next is not None:
            self._next.cancel()


async def iterate(items: Iterator[T]) -> AsyncIterator[T]:
    """The items of a generator whose steps block: each step runs in a thread, one at a time."""
    step = None
    try:
        while True:
            step = asyncio.ensure_future(asyncio.to_thread(next, items, _END))
            item = await asyncio.shield(step)
            step = None
            if item is _END:
                return
            yield item  # type: ignore[misc]
    finally:
        # Cancelled in the middle of a step: the generator can only be closed when the step is over.
        await asyncio.shield(_close(items, step))


async def _close(items: Iterator[T], step: asyncio.Future[object] | None) -> None:
    if step is not None:
        await asyncio.wait([step])
        if not step.cancelled():
            step.exception()
    close = getattr(items, "close", None)
    if close is not None:
        await asyncio.to_thread(close)


class Gone(Exception):
    """Nobody waits for the result any more."""


class Sink(Generic[T]):
    """Where a thread puts items for a coroutine; see :func:`produce`."""

    def __init__(self, room: int = _ROOM) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._room = threading.Semaphore(room)
        self._gone = threading.Event()

    def put(self, item: T) -> None:
        """Hand on ``item``, waiting for room. Raises Gone."""
        while not self._room.acquire(timeout=0.2):
            self.check()
        self.check()
        self.post(item)

    def offer(self, item: T) -> None:
        """Hand on ``item`` if there is room: for news that the next news replaces."""
        if not self._gone.is_set() and self._room.acquire(blocking=False):
            self.post(item)

    def check(self) -> None:
        """Raises Gone if nobody waits any more."""
        if self._gone.is_set():
            raise Gone

    def post(self, item: object) -> None:
        """Put an item into the queue."""
        try:
            self._loop.call_soon_threadsafe(self.queue.put_nowait, item)
        except RuntimeError:  # the loop is closed
            raise Gone from None

    def taken(self) -> None:
        """An item was taken: there is room for another."""
        self._room.release()

    def leave(self) -> None:
        """Nobody waits any more."""
        self._gone.set()


async def produce(work: Callable[[Sink[T]], None], room: int = _ROOM) -> AsyncIterator[T]:
    """The items that ``work`` puts into its sink, from a thread of its own: it may take long without taking a thread
    from others, and be ``room`` items ahead. When the reader goes, the sink raises Gone at the next use."""
    sink: Sink[T] = Sink(room)

    def run() -> None:
        last: object = _END
        try:
            work(sink)
        except Gone:
            return
        except BaseException as error:
            last = _Failure(error)
        with contextlib.suppress(Gone):
            sink.post(last)

    threading.Thread(target=run, name="produce", daemon=True).start()
    try:
        while (item := await sink.queue.get()) is not _END:
            if isinstance(item, _Failure):
                raise item.error
            sink.taken()
            yield item
    finally:
        sink.leave()


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error
