"""Signals for a container."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.engine import kill, states
from hutch.model.errors import Conflict, Invalid, NotFound
from unit.engine.world import World


def test_a_signal_arrives_and_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        await kill.kill(world.roster, world.events, world.store, "c1", "HUP")
        assert [(m["op"], m["sig"]) for m in world.asked] == [("signal", 1)]
        assert world.actions() == ["kill"]
        assert not world.container.record.stopped_by_user
        await kill.kill(world.roster, world.events, world.store, "c1", None)
        assert world.container.record.state.status == "exited"
        assert world.container.record.state.exit_code == 137
        assert world.container.record.stopped_by_user
        with pytest.raises(Conflict, match=r"^cannot kill container: c1: container .* is not running$"):
            await kill.kill(world.roster, world.events, world.store, "c1", None)
        await world.end()

    asyncio.run(run())


def test_signals_that_are_none(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        with pytest.raises(Invalid, match=r"^cannot kill container: c1: invalid signal: FOO$"):
            await kill.kill(world.roster, world.events, world.store, "c1", "FOO")
        with pytest.raises(Invalid, match=r"^cannot kill container: none: invalid signal: FOO$"):  # before it is sought
            await kill.kill(world.roster, world.events, world.store, "none", "FOO")
        with pytest.raises(NotFound, match=r"^cannot kill container: none: No such container: none$"):
            await kill.kill(world.roster, world.events, world.store, "none", "HUP")
        await world.end()

    asyncio.run(run())


def test_one_that_waits_for_its_restart_is_not_restarted(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        world.container.record = states.restarting(states.exited(world.container.record, 1, False, 1))
        world.container.pending = asyncio.get_running_loop().call_later(1000, lambda: None)
        with pytest.raises(Conflict, match="is not running"):
            await kill.kill(world.roster, world.events, world.store, "c1", "HUP")
        await kill.kill(world.roster, world.events, world.store, "c1", None)
        assert (world.container.record.state.status, world.container.pending) == ("exited", None)
        assert world.container.record.stopped_by_user and world.asked == []
        await world.end()

    asyncio.run(run())
