from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from hutch.runtime.keeper import attach
from hutch.runtime.keeper.attach import QUEUE_LIMIT, Attachment
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.keeper.stdin import Stdin

BOTH = frozenset(("stdout", "stderr"))


@pytest.fixture
def loop() -> Iterator[Loop]:
    it = Loop()
    yield it
    it.close()


class Bench:
    """A client's end, the keeper's end, and the reading end of the container's stdin."""

    def __init__(
        self, loop: Loop, *, mux: bool = True, keys: bytes = b"", once: bool = True, blocking: bool = False
    ) -> None:
        self.loop = loop
        self.client, keeper = socket.socketpair()
        self.client.settimeout(10)
        self.stdin_read, write = os.pipe()
        os.set_blocking(write, False)
        self.stdin = Stdin(loop, write, terminal=False)
        self.reasons: list[str] = []
        self.resumed = 0
        self.attachment = Attachment(
            loop, keeper.detach(), names=BOTH, mux=mux, stdin=self.stdin, once=once, keys=keys, blocking=blocking,
            ended=lambda _who, reason: self.reasons.append(reason), resume=self._resume,
        )  # fmt: skip

    def _resume(self) -> None:
        self.resumed += 1

    def turn(self, seconds: float = 0.02) -> None:
        self.loop.after(seconds, self.loop.stop)
        self.loop.run()

    def close(self) -> None:
        self.attachment.close()
        self.stdin.close()
        self.client.close()
        os.close(self.stdin_read)


def test_frames_as_documented_and_an_end(loop: Loop) -> None:
    bench = Bench(loop)
    bench.attachment.offer("stdout", b"hello")
    bench.attachment.offer("stderr", b"no")
    bench.attachment.finish()
    assert bench.client.recv(100) == b"\x01\0\0\0\0\0\0\x05hello\x02\0\0\0\0\0\0\x02no"
    assert bench.client.recv(100) == b""
    bench.client.close()
    bench.turn()
    assert bench.attachment.closed
    bench.close()


def test_raw_for_a_terminal(loop: Loop) -> None:
    bench = Bench(loop, mux=False)
    bench.attachment.offer("stdout", b"hello")
    assert bench.client.recv(100) == b"hello"
    bench.close()


def test_input_pending_bytes_first_and_half_close_ends_it(loop: Loop) -> None:
    bench = Bench(loop)
    bench.attachment.start(b"early ")
    bench.client.sendall(b"late")
    bench.client.shutdown(socket.SHUT_WR)
    bench.turn()
    assert os.read(bench.stdin_read, 100) == b"early late"
    assert os.read(bench.stdin_read, 100) == b""
    bench.attachment.offer("stdout", b"still")
    assert bench.client.recv(100)[8:] == b"still"
    assert bench.reasons == []
    bench.close()


def test_input_stays_open_unless_once(loop: Loop) -> None:
    bench = Bench(loop, once=False)
    bench.client.shutdown(socket.SHUT_WR)
    bench.turn()
    assert bench.stdin.open
    bench.close()


def test_detach_keys_end_the_connection_and_not_the_input(loop: Loop) -> None:
    bench = Bench(loop, keys=b"\x10\x11")
    bench.client.sendall(b"ab\x10")
    bench.turn()
    bench.client.sendall(b"\x11ignored")
    bench.turn()
    assert bench.reasons == ["keys"]
    assert bench.stdin.open
    assert os.read(bench.stdin_read, 100) == b"ab"
    assert bench.client.recv(100) == b""
    bench.close()


def test_a_client_that_went_away_is_told_once(loop: Loop) -> None:
    bench = Bench(loop)
    bench.client.close()
    bench.turn()
    assert bench.reasons == ["eof"]
    assert bench.attachment.closed
    bench.attachment.offer("stdout", b"x")
    bench.close()


def fill(bench: Bench) -> int:
    sent = 0
    while not bench.attachment.congested:
        bench.attachment.offer("stdout", b"x" * 65536)
        sent += 65536
        assert sent < 8 * QUEUE_LIMIT
    return sent


def test_a_stalled_reader_is_dropped_with_a_note_after_what_was_queued(loop: Loop) -> None:
    bench = Bench(loop, mux=False)
    sent = fill(bench)
    bench.turn(attach.STALL + 0.3)
    assert bench.reasons == ["slow"]
    assert bench.resumed
    assert not bench.attachment.congested
    bench.attachment.offer("stdout", b"not sent")
    bench.client.setblocking(False)
    got = bytearray()
    for _ in range(2000):
        try:
            piece = bench.client.recv(65536)
        except BlockingIOError:
            bench.turn(0.005)
            continue
        if not piece:
            break
        got += piece
    assert got == b"x" * sent + b"\r\n[hutch: detached: the reader did not keep up]"
    bench.close()


def test_a_slow_reader_is_waited_for(loop: Loop) -> None:
    bench = Bench(loop, mux=False)
    fill(bench)
    for _ in range(3):
        bench.client.recv(100_000)
        bench.turn(attach.STALL * 0.6)
    assert bench.reasons == []
    bench.close()


def test_a_blocking_client_is_waited_for_without_end(loop: Loop) -> None:
    bench = Bench(loop, mux=False, blocking=True)
    fill(bench)
    bench.turn(attach.STALL + 0.3)
    assert bench.reasons == []
    assert bench.attachment.congested
    bench.close()
