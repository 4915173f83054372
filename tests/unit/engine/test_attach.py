"""A client's connection goes to the keeper, or waits for one."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hutch.engine import states
from hutch.engine.attach import attach, connect
from hutch.engine.container import Container
from hutch.engine.record import State
from hutch.model.container import Config
from hutch.model.errors import Conflict, Invalid
from unit.engine.make import record, running
from unit.engine.world import World


class Taken:
    """A client's connection; ``far`` is the client."""

    def __init__(self) -> None:
        self.far, self.near = socket.socketpair()
        self.kind = ""

    async def take(self, content_type: str) -> tuple[int, bytes]:
        self.kind = content_type
        return self.near.detach(), b"early"


async def attached(world: World, hijack: Any, replay: Any = None, **options: Any) -> None:
    asked = {"stdin": True, "stdout": True, "stderr": True, "stream": True, "detach_keys": None, **options}
    await attach(world.container, world.events, hijack, replay, old_content_type=False, **asked)


def test_the_keeper_gets_the_connection(tmp_path: Path) -> None:
    async def run() -> None:
        world, client = World(tmp_path, config=Config(image="x", open_stdin=True)), Taken()
        await attached(world, client, detach_keys="ctrl-a")
        await asyncio.sleep(0.05)
        asked = next(message for message in world.asked if message["op"] == "attach")
        assert asked["fds"] == 1
        assert (asked["stdin"], asked["mux"], asked["detach_keys"]) == (True, True, "01")
        assert bytes.fromhex(asked["pending"]) == b"early"
        assert client.kind == "application/vnd.docker.multiplexed-stream"
        assert world.actions() == ["attach"]
        client.far.close()
        await world.end()

    asyncio.run(run())


def test_what_was_logged_comes_first_and_the_connection_is_closed(tmp_path: Path) -> None:
    async def log() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    async def run() -> None:
        world, client = World(tmp_path), Taken()
        await attached(world, client, log(), stream=False)
        assert client.far.recv(100, socket.MSG_WAITALL) == b"one two"
        client.far.close()
        await world.end()

    asyncio.run(run())


def test_nothing_is_taken_of_a_wrong_request(tmp_path: Path) -> None:
    async def run() -> None:
        world, client = World(tmp_path), Taken()
        with pytest.raises(Invalid):
            await attached(world, client, detach_keys="ctrl-nonsense")
        world.container.record = states.paused(running())
        with pytest.raises(Conflict):
            await attached(world, client)
        assert client.kind == "" and client.near.fileno() >= 0
        client.far.close()
        client.near.close()
        await world.end()

    asyncio.run(run())


def test_one_that_comes_before_the_start_waits() -> None:
    box = Container(record())
    far, near = socket.socketpair()
    assert connect(box, near.detach(), {"stdin": True}) == -1
    assert [stream.message["stdin"] for stream in box.streams] == [True]
    box.drop_streams()
    assert far.recv(1) == b"", "who waits is let go with the container"
    far.close()


def test_a_container_that_goes_takes_nobody() -> None:
    box = Container(record(state=State(status="removing")))
    reading, writing = os.pipe()
    assert connect(box, writing, {}) == writing
    assert box.streams == []
    os.close(reading)
    os.close(writing)
