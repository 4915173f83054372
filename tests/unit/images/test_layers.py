from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from hutch.images.layers import Ahead


def test_in_order_and_errors_at_their_place() -> None:
    def items() -> Iterator[bytes]:
        yield b"1"
        yield b"2"
        raise ValueError("x")

    stream = Ahead(items())
    assert [next(stream), next(stream)] == [b"1", b"2"]
    with pytest.raises(ValueError, match=r"^x$"):
        next(stream)
    assert list(stream) == []
    stream.close()


def test_closing_early_ends_the_thread() -> None:
    closed = threading.Event()

    def endless() -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.set()

    stream = Ahead(endless())
    next(stream)
    stream.close()
    assert closed.wait(10)
