"""What is in containers, over a real driver."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hutch.engine.files import Files
from hutch.engine.record import with_state
from hutch.model.errors import Conflict, NotFound
from hutch.model.tar.reader import Reader
from hutch.storage.vfs import Vfs
from unit.engine.world import World


def backend(world: World, storage: Vfs) -> Files:
    unused: Any = None
    return Files(
        roster=world.roster, events=world.events, storage=storage, images=unused, freezer=unused, volumes=unused,
        home=str, run_folder=world.supervisor.run_folder,
    )  # fmt: skip


def test_changes_and_export(tmp_path: Path) -> None:
    async def run() -> None:
        world, storage = World(tmp_path), Vfs(str(tmp_path))
        files = backend(world, storage)
        storage.prepare(world.container.id, None)
        assert await files.changes(world.container.record.name) is None
        (Path(storage.layer_dir(world.container.id)) / "f").write_text("x")
        assert await files.changes(world.container.record.name) == [{"Path": "/f", "Kind": 1}]
        pieces = [piece async for piece in files.export(world.container.id)]
        assert [entry.name for entry in Reader(pieces)] == [b"f"]
        assert world.actions() == ["export"]
        with pytest.raises(NotFound, match="No such container: none"):
            files.export("none")
        exported = files.export(world.container.id)
        world.container.record = with_state(world.container.record, status="removing")
        with pytest.raises(NotFound, match="removed while"):
            [piece async for piece in exported]
        with pytest.raises(Conflict, match="which is being removed"):
            files.export(world.container.id)
        storage.close()
        await world.end()

    asyncio.run(run())
