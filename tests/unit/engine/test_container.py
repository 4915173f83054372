"""Turns, waiters, and what is planned."""

from __future__ import annotations

import asyncio
import socket

import pytest

from hutch.engine.container import Container
from hutch.engine.keeper import Keeper, Watcher
from hutch.model.errors import System, Unavailable
from unit.engine.make import record


def test_operations_take_turns_in_the_order_in_which_they_came() -> None:
    async def run() -> None:
        container, seen = Container(record()), []

        async def work(name: str) -> None:
            async with container.turn(name):
                seen.append(name)
                assert container.operation == name
                await asyncio.sleep(0)
                seen.append(name)

        await asyncio.gather(*(work(name) for name in ("start", "pause", "remove")))
        assert seen == ["start", "start", "pause", "pause", "remove", "remove"]

    asyncio.run(run())


def test_a_deadline_names_who_is_in_the_way() -> None:
    async def run() -> None:
        container = Container(record())
        async with container.turn("start"):
            with pytest.raises(Unavailable, match=r"pause of container .* waiting for start"):
                async with container.turn("pause", 0.01):
                    raise AssertionError

    asyncio.run(run())


def test_waiters() -> None:
    async def run() -> None:
        container = Container(record())
        first, second, gone = container.next_exit(), container.next_exit(), container.removal()
        second.cancel()
        await asyncio.sleep(0)
        container.tell_exit()
        assert (await first).name == "c1"
        assert not gone.done()
        later = container.next_exit()
        container.tell_removed()
        assert (await later) is (await gone)

    asyncio.run(run())


def test_a_failed_removal_reaches_its_waiters() -> None:
    async def run() -> None:
        container = Container(record())
        gone = container.removal()
        container.tell_not_removed(System("stuck"))
        with pytest.raises(System, match="stuck"):
            await gone

    asyncio.run(run())


def test_a_planned_restart_can_be_called_off_once() -> None:
    async def run() -> None:
        container = Container(record())
        container.pending = asyncio.get_running_loop().call_later(100, lambda: None)
        assert container.cancel_restart()
        assert not container.cancel_restart()

    asyncio.run(run())


class Unconcerned(Watcher):
    """What the last keeper tells concerns nobody any more."""


def test_a_new_run_waits_for_the_end_of_the_last_keeper() -> None:
    async def run() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        container = Container(record())
        container.former = Keeper(ours, container.id, Unconcerned())
        waiting = asyncio.create_task(container.alone())
        await asyncio.sleep(0.05)
        assert not waiting.done(), "its keeper still removes the cgroup that the next run makes"
        theirs.close()
        await asyncio.wait_for(waiting, 5)
        assert container.former is None
        await container.alone()
        gone = asyncio.Event()

        async def clear() -> None:
            await gone.wait()

        container.clearing = asyncio.create_task(clear())
        waiting = asyncio.create_task(container.alone())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        gone.set()
        await waiting
        assert container.clearing is None

    asyncio.run(run())
