from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator

import pytest

from hutch.runtime.keeper.log import NoLog
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.keeper.streams import Streams


@pytest.fixture
def loop() -> Iterator[Loop]:
    it = Loop()
    yield it
    it.close()


def attach(streams: Streams, *, blocking: bool = False) -> socket.socket:
    client, keeper = socket.socketpair()
    streams.attach(
        keeper.detach(), names=frozenset(("stdout",)), mux=False, stdin=False, once=False, keys=b"", pending=b"",
        blocking=blocking, ended=lambda _reason: None,
    )  # fmt: skip
    client.settimeout(10)
    return client


def test_output_reaches_every_client_and_its_end_is_told(loop: Loop) -> None:
    read, write = os.pipe()
    streams = Streams(loop, NoLog())
    streams.read_from("stdout", read)
    clients = [attach(streams), attach(streams)]
    streams.on_end = loop.stop
    os.write(write, b"hello")
    os.close(write)
    loop.run()
    assert not streams.open
    streams.finish()
    for client in clients:
        assert client.recv(10) == b"hello"
        assert client.recv(10) == b""
        client.close()
    loop.after(0.05, loop.stop)
    loop.run()
    assert streams.flushed


def test_a_congested_client_pauses_the_output_and_its_progress_resumes_it(loop: Loop) -> None:
    read, write = os.pipe()
    streams = Streams(loop, NoLog())
    streams.read_from("stdout", read)
    client = attach(streams, blocking=True)
    os.set_blocking(write, False)
    client.setblocking(False)
    total = sent = got = 0
    total = 6 * 1024 * 1024
    held_back = False
    while got < total:
        if sent < total:
            try:
                sent += os.write(write, b"x" * min(65536, total - sent))
                loop.after(0, loop.stop)
                loop.run()
                continue
            except BlockingIOError:
                loop.after(0.001, loop.stop)
                loop.run()
                if any(each.congested for each in streams.clients):
                    held_back = True
                elif got == 0:
                    continue
        with contextlib.suppress(BlockingIOError):
            got += len(client.recv(65536))
        loop.after(0, loop.stop)
        loop.run()
    assert held_back
    assert got == total
    streams.finish()
    streams.close()
    client.close()
    os.close(write)


def test_drain_takes_what_is_in_the_pipe(loop: Loop) -> None:
    read, write = os.pipe()
    streams = Streams(loop, NoLog())
    streams.read_from("stdout", read)
    client = attach(streams)
    os.write(write, b"late")
    streams.drain()
    streams.finish()
    assert client.recv(10) == b"late"
    streams.close()
    client.close()
    os.close(write)
