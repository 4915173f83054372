"""Pause and unpause."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.engine import pause
from hutch.model.errors import Conflict, System
from unit.engine.world import World


def test_there_and_back(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        await pause.pause(world.container, world.events, world.store)
        assert world.container.record.state.status == "paused"
        with pytest.raises(Conflict, match="already paused"):
            await pause.pause(world.container, world.events, world.store)
        await pause.unpause(world.container, world.events, world.store)
        with pytest.raises(System, match="is not paused"):
            await pause.unpause(world.container, world.events, world.store)
        assert [m["op"] for m in world.asked] == ["pause", "resume"]
        assert world.actions() == ["pause", "unpause"]
        await world.end()

    asyncio.run(run())
