from __future__ import annotations

import asyncio
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
        return [c async for c in threads.iterate(consume(threads.reader(body())))]

    assert asyncio.run(run()) == [b"ab", b"c", b"de", b"fg", b"h"]


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
