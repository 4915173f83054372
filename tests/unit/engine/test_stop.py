"""Stop: ask, wait, kill."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.engine import stop
from hutch.model.container import Config
from hutch.model.errors import NotModified, System
from unit.engine.world import World


def test_one_that_obeys(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, config=Config(image="x", stop_signal="USR1", labels={}))
        world.dies_of = {10}
        await stop.stop(world.container, world.events, world.store, "c1", None, 5)
        assert [m["sig"] for m in world.asked if m["op"] == "signal"] == [10]
        assert world.actions() == ["kill", "die", "stop"]
        assert ("release", "c1") in world.done
        with pytest.raises(NotModified):
            await stop.stop(world.container, world.events, world.store, "c1", None, 5)
        await world.end()

    asyncio.run(run())


def test_one_that_does_not(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        await stop.stop(world.container, world.events, world.store, "c1", None, 0)
        assert [m["sig"] for m in world.asked if m["op"] == "signal"] == [15, 9]
        assert world.container.record.state.exit_code == 137
        await world.end()

    asyncio.run(run())


@pytest.mark.parametrize(("own", "signals"), [(None, [15, 9]), (1000, [15])])
def test_the_daemons_timeout_is_for_who_has_none(own: int | None, signals: list[int], tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, config=Config(image="x", stop_timeout=own, labels={}))
        stopping = asyncio.ensure_future(stop.stop(world.container, world.events, world.store, "c1", None, None, 0))
        for _ in range(1000):
            if stopping.done() or (own and world.asked):
                break
            await asyncio.sleep(0.01)
        assert [m["sig"] for m in world.asked if m["op"] == "signal"] == signals
        assert stopping.done() == (own is None)
        if own:
            world.exit(0)
        await stopping
        await world.end()

    asyncio.run(run())


def test_a_wrong_signal(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        with pytest.raises(System, match=r"^cannot stop container: c1: invalid signal: FOO$"):
            await stop.stop(world.container, world.events, world.store, "c1", "FOO", 1)
        await world.end()

    asyncio.run(run())
