"""Another name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.engine import states
from hutch.engine.rename import rename
from hutch.model.errors import Conflict, Invalid, NotFound
from unit.engine.world import World


def test_names_change_hands(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        world.roster.reserve("taken", "other")
        parts = (world.container, world.roster, world.events, world.store)
        await rename(*parts, "/web")
        assert world.roster.find("web") is world.container
        assert "c1" not in world.roster.names
        assert world.actions() == ["rename"]
        with pytest.raises(Invalid, match="same name as its current name"):
            await rename(*parts, "web")
        with pytest.raises(Invalid, match="Neither old nor new names may be empty"):
            await rename(*parts, "")
        with pytest.raises(Invalid, match=r"^Error when allocating new name: Invalid container name \(/\)"):
            await rename(*parts, "/")
        with pytest.raises(Conflict, match=r"^Error when allocating new name: Conflict. The container name"):
            await rename(*parts, "taken")
        with pytest.raises(Invalid, match=r"Error when allocating new name: Invalid container name \(/\+a\)"):
            await rename(*parts, "+a")
        world.container.keeper.close()  # type: ignore[union-attr]
        await world.end()
        assert [r.name for r in _again(tmp_path)] == ["web"]

    asyncio.run(run())


def test_a_container_that_was_removed_meanwhile_keeps_its_name(tmp_path: Path) -> None:
    """Its record is off the disk, or soon will be: it must not be written again."""

    async def run() -> None:
        world = World(tmp_path)
        async with world.container.turn("remove"):
            renaming = asyncio.ensure_future(rename(world.container, world.roster, world.events, world.store, "web"))
            await asyncio.sleep(0)
            world.container.record = states.removing(world.container.record)
        with pytest.raises(NotFound, match="No such container"):
            await renaming
        assert "web" not in world.roster.names
        world.container.keeper.close()  # type: ignore[union-attr]
        await world.end()
        assert _again(tmp_path) == []

    asyncio.run(run())


def _again(tmp_path: Path) -> list[object]:
    from hutch.engine.store import Store

    store = Store(f"{tmp_path}/engine.db")
    records = store.load()
    store.close()
    return list(records)
