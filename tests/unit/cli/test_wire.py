"""HTTP by hand."""

from __future__ import annotations

import socket

import pytest

from hutch.cli.errors import CommandError
from hutch.cli.wire import Answer, Wire


def answer_of(data: bytes) -> Answer:
    ours, theirs = socket.socketpair()
    theirs.sendall(data)
    theirs.close()
    wire = Wire(ours)
    return wire.answer()


def read(data: bytes) -> bytes:
    answer = answer_of(data)
    try:
        return answer.read()
    finally:
        answer.wire.close()


def test_bodies() -> None:
    assert read(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd") == b"abc"
    assert read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") == b"abcde"
    assert read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nrest") == b"rest"


def test_broken_answers() -> None:
    with pytest.raises(CommandError, match="in the middle of an answer"):
        read(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
