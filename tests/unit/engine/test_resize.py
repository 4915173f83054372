"""The size of a terminal."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.engine import resize, states
from hutch.model.container import Config
from hutch.model.errors import Conflict
from unit.engine.world import World


def test_without_a_terminal_it_is_told_all_the_same(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        await resize.resize(world.container, world.events, 3, 10)
        assert world.asked == []
        assert ("resize", "3", "10") in [
            (e.action, e.attributes.get("height"), e.attributes.get("width")) for e in world.events._past
        ]
        await world.end()

    asyncio.run(run())


def test_only_a_terminal_has_a_size(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, config=Config(image="x", tty=True, labels={}))
        await resize.resize(world.container, world.events, 24, 80)
        assert [(m["op"], m["h"], m["w"]) for m in world.asked] == [("resize", 24, 80)]
        world.container.record = states.exited(world.container.record, 0, False, 1)
        with pytest.raises(Conflict, match="is not running"):
            await resize.resize(world.container, world.events, 24, 80)
        await world.end()

    asyncio.run(run())
