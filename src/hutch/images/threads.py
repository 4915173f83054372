"""Blocking work of this room behind asyncio: generators that run in threads, request bodies that threads read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")

_END = object()
_WAIT = 600.0  # seconds a client may keep a thread waiting for the next piece of a request body


class ByteStream(Protocol):
    """A request body that is read as it arrives."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...


def reader(body: ByteStream) -> Callable[[int], bytes]:
    """A blocking ``read(n)`` over ``body`` for another thread; must be called in the body's event loop.

    Raises TimeoutError in that thread if the client sends nothing for ten minutes.
    """
    loop = asyncio.get_running_loop()
    pieces = aiter(body)
    rest = b""

    async def following() -> bytes:
        async for piece in pieces:
            if piece:  # an empty one is not the end
                return piece
        return b""

    def read(count: int) -> bytes:
        nonlocal rest
        while not rest:
            future = asyncio.run_coroutine_threadsafe(following(), loop)
            try:
                rest = future.result(_WAIT)
            except TimeoutError:
                future.cancel()
                raise
            if not rest:
                return b""
        part, rest = rest[:count], rest[count:]
        return part

    return read


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
