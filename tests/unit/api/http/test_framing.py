from __future__ import annotations

import random

import pytest

from hutch.api.http.framing import MAX_TRAILER, Framing, framing
from hutch.api.http.head import BadRequest


def run(body: Framing, data: bytes, step: int) -> tuple[bytes, bytes]:
    """What a body yields when ``data`` arrives ``step`` bytes at a time, and what is left behind it."""
    buffer, out = bytearray(), b""
    for start in range(0, len(data), step):
        buffer += data[start : start + step]
        while piece := body.take(buffer):
            out += piece
    return out, bytes(buffer)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_a_sized_body_leaves_what_follows(step: int) -> None:
    assert run(framing(5, chunked=False), b"helloGET /", step) == (b"hello", b"GET /")


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_a_chunked_body_leaves_what_follows(step: int) -> None:
    body = framing(0, chunked=True)
    data = b"3\r\nabc\r\n00A ;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nGET /"
    assert run(body, data, step) == (b"abc0123456789", b"GET /")
    assert body.done


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n", b"g\r\n", b"-1\r\n", b"0x3\r\nabc\r\n", b"3\nabc\r\n", b"3\r\nabcd\r\n", b"3\r\nabc\n", b"1_0\r\n",
        b"3\rx\r\nabc", b"fffffffffffffffff\r\n", b"1" * 5000, b"0\r\n" + b"a: b\r\n" * (MAX_TRAILER // 6 + 1),
    ],
)  # fmt: skip
def test_malformed_chunks_are_refused(data: bytes) -> None:
    with pytest.raises(BadRequest):
        run(framing(0, chunked=True), data, 1000000)


def test_any_split_of_any_chunks_gives_the_same_body() -> None:
    dice = random.Random(7)
    for _ in range(200):
        pieces = [dice.randbytes(dice.randrange(1, 300)) for _ in range(dice.randrange(8))]
        data = b"".join(b"%X\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        assert run(framing(0, chunked=True), data, dice.randrange(1, 50)) == (b"".join(pieces), b"")
