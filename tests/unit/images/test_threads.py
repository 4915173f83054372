from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from hutch.images import threads


def test_a_body_is_read_by_a_thread() -> None:
    async def body() -> AsyncIterator[bytes]:
        for part in (b"abc", b"", b"defgh"):
            yield part

    def consume(read: object) -> Iterator[bytes]:
        while chunk := read(2):  # type: ignore[operator]
            yield chunk

    async def run() -> list[bytes]:
        return [c async for c in threads.iterate(consume(threads.BodyReader(body())))]

    assert asyncio.run(run()) == [b"ab", b"cd", b"ef", b"gh"]


def test_what_is_fetched_ahead_ends_with_the_reader() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"x" * (1 << 20)
        await asyncio.Event().wait()

    async def run() -> None:
        read = threads.BodyReader(body())
        assert len(await asyncio.to_thread(read, 1 << 21)) == 1 << 20
        read.close()
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0)

    asyncio.run(run())


def test_an_abandoned_generator_is_closed() -> None:
    closed = []

    def items() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    async def run() -> None:
        stream = threads.iterate(items())
        assert await anext(stream) == 1
        await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())
    assert closed == [True]


def test_errors_come_through() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("x")

    async def run() -> None:
        async for _ in threads.iterate(items()):
            pass

    with pytest.raises(KeyError):
        asyncio.run(run())


def test_produce() -> None:
    def work(sink: threads.Sink[int]) -> None:
        for number in range(3000):
            sink.put(number)
        raise KeyError("last")

    async def run() -> list[int]:
        found = []
        with pytest.raises(KeyError, match="last"):
            async for item in threads.produce(work):
                found.append(item)
        return found

    assert asyncio.run(run()) == list(range(3000))


def test_produce_tells_its_thread_that_nobody_waits() -> None:
    ended = threading.Event()

    def work(sink: threads.Sink[int]) -> None:
        try:
            while True:
                sink.offer(1)
                sink.put(2)
        finally:
            ended.set()

    async def run() -> None:
        items = threads.produce(work)
        async for _ in items:
            break
        await items.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())
    assert ended.wait(10)
