from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from hutch.runtime.keeper.loop import READ, Loop
from hutch.runtime.keeper.stdin import Stdin


@pytest.fixture
def loop() -> Iterator[Loop]:
    it = Loop()
    yield it
    it.close()


def test_everything_arrives_and_then_the_end(loop: Loop) -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    stdin = Stdin(loop, write, terminal=False)
    sent = os.urandom(300_000)
    drained: list[bool] = []
    stdin.write(sent)
    assert stdin.full
    stdin.on_drain.append(lambda: drained.append(True))
    stdin.end()
    assert not stdin.open
    got = bytearray()

    def ready(_events: int) -> None:
        data = os.read(read, 65536)
        got.extend(data)
        if not data:
            loop.forget(read)
            loop.stop()

    loop.watch(read, READ, ready)
    loop.run()
    os.close(read)
    assert bytes(got) == sent
    assert drained == [True]


def test_a_reader_that_went_away_is_no_error(loop: Loop) -> None:
    read, write = os.pipe()
    os.close(read)
    stdin = Stdin(loop, write, terminal=False)
    stdin.write(b"x")
    assert not stdin.open
    stdin.write(b"y")
    stdin.end()


def test_a_terminal_stays_open_at_the_end_of_input(loop: Loop) -> None:
    read, write = os.pipe()
    stdin = Stdin(loop, write, terminal=True)
    stdin.end()
    stdin.write(b"more")
    assert os.read(read, 10) == b"more"
    stdin.close()
    os.close(read)
