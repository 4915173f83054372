"""Commit: the processes stand still meanwhile, and go on whatever happens."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from hutch.engine import commit
from hutch.engine.commit import MARK, Freezer
from hutch.engine.record import with_state
from hutch.images.commit import Asked
from hutch.images.service import Images
from hutch.model.errors import Conflict, Invalid
from hutch.storage.vfs import Vfs
from unit.engine.world import World


def test_frozen_meanwhile_and_never_longer(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        folder = world.supervisor.run_folder(world.container.id)
        os.makedirs(folder)
        freezer = Freezer(world.events, world.store, world.supervisor.run_folder)
        with pytest.raises(KeyError):
            async with freezer(world.container):
                assert world.container.record.state.status == "paused"
                assert os.listdir(folder) == [MARK], "the next daemon knows who froze it"
                raise KeyError
        assert world.container.record.state.status == "running" and os.listdir(folder) == []
        assert world.actions() == ["pause", "unpause"]
        await world.end()

    asyncio.run(run())


def test_an_image_of_the_container(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, image="")
        storage = Vfs(str(tmp_path))
        images = Images(str(tmp_path), storage)
        storage.prepare(world.container.id, None)
        (Path(storage.layer_dir(world.container.id)) / "f").write_text("x")
        freezer = Freezer(world.events, world.store, world.supervisor.run_folder)

        async def make(body: Any = None, changes: tuple[str, ...] = (), pausing: bool = True) -> str:
            asked = Asked("repo", "t", comment="c")
            return await commit.commit(
                world.container, images, storage, world.events, freezer,
                body=body or {}, changes=changes, asked=asked, pausing=pausing,
            )  # fmt: skip

        made = images.resolve(await make(changes=("USER u",)))
        assert made.refs == ["repo:t"] and made.settings["User"] == "u"
        assert world.actions() == ["pause", "unpause", "commit"]
        other = images.resolve(await make({"Cmd": ["other"]}, pausing=False))
        assert other.settings["Cmd"] == ["other"] and world.actions()[3:] == ["commit"]
        with pytest.raises(Invalid, match="RUN is not a valid change command"):
            await make(changes=("RUN x",))
        world.container.record = with_state(world.container.record, status="removing")
        with pytest.raises(Conflict, match="which is being removed"):
            await make()
        images.close()
        storage.close()
        await world.end()

    asyncio.run(run())
