"""Another name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.engine.rename import rename
from hutch.model.errors import Conflict, Invalid
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
            await rename(*parts, "/")
        with pytest.raises(Conflict, match=r"^Error when allocating new name: Conflict. The container name"):
            await rename(*parts, "taken")
        with pytest.raises(Invalid, match=r"Error when allocating new name: Invalid container name \(/\+a\)"):
            await rename(*parts, "+a")
        world.container.keeper.close()  # type: ignore[union-attr]
        await world.end()
        assert [r.name for r in _again(tmp_path)] == ["web"]

    asyncio.run(run())


def _again(tmp_path: Path) -> list[object]:
    from hutch.engine.store import Store

    store = Store(f"{tmp_path}/engine.db")
    records = store.load()
    store.close()
    return list(records)
