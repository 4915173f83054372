from __future__ import annotations

import asyncio

import pytest

from hutch.api.http.body import DRAIN_LIMIT, Body
from hutch.api.http.head import BadRequest, Head


class Source:
    """A client that sends its pieces one after the other, then ends."""

    def __init__(self, *pieces: bytes) -> None:
        self.buffer = bytearray()
        self.pieces = list(pieces)
        self.continued = 0

    async def more(self, timeout: float | None = None) -> bool:
        if self.pieces:
            self.buffer += self.pieces.pop(0)
            return True
        return False

    def say_continue(self) -> None:
        self.continued += 1


def body(source: Source, length: int, **headers: str) -> Body:
    return Body(source, Head("POST", "/", "", {"content-length": str(length), **headers}))


def test_a_body_is_read_as_it_comes() -> None:
    source = Source(b"ab", b"cdNEXT")
    assert asyncio.run(body(source, 4).whole(100, 1)) == b"abcd"
    assert source.buffer == b"NEXT"


def test_a_client_that_ends_early_is_an_error() -> None:
    with pytest.raises(ConnectionResetError):
        asyncio.run(body(Source(b"ab"), 4).whole(100, 1))


def test_a_body_that_is_too_large() -> None:
    with pytest.raises(BadRequest) as caught:
        asyncio.run(body(Source(b"a" * 10), 10).whole(9, 1))
    assert caught.value.status == 413


def test_continue_is_said_once_and_only_for_who_reads() -> None:
    source = Source(b"ab", b"cd")
    reading = body(source, 4, expect="100-continue")
    assert reading.withheld
    asyncio.run(reading.whole(100, 1))
    assert source.continued == 1
    unread = Source(b"ab")
    assert not asyncio.run(body(unread, 2, expect="100-continue").drain(1))
    assert unread.continued == 0


def test_a_little_is_drained_and_much_is_not() -> None:
    assert asyncio.run(body(Source(b"a" * 100), 100).drain(1))
    assert not asyncio.run(body(Source(*[b"a" * 65536] * 100), 6553600).drain(1))
    assert DRAIN_LIMIT < 6553600


def test_a_broken_body_is_never_drained() -> None:
    async def scene() -> None:
        reading = Body(Source(b"zz\r\n"), Head("POST", "/", "", {"transfer-encoding": "chunked"}))
        with pytest.raises(BadRequest):
            await reading.next()
        assert not await reading.drain(1)

    asyncio.run(scene())
