"""Removal."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.engine.launcher import Launcher
from hutch.engine.remove import Remover
from hutch.model.errors import Conflict, NotFound, System
from hutch.model.host_config import HostConfig
from hutch.storage.vfs import Vfs
from unit.engine.world import World


class Unused:
    """Volumes of a container that has none."""

    async def forget(self, container: str, *, anonymous: bool) -> None:
        return None


class Collected:
    """Takes down which images' layers were asked to be collected."""

    def __init__(self) -> None:
        self.images: list[str] = []

    def collect(self, image: str) -> None:
        self.images.append(image)


def test_the_name_is_free_at_once_and_the_disk_later(tmp_path: Path) -> None:
    async def run() -> None:
        world, storage, collected = World(tmp_path), Vfs(str(tmp_path)), Collected()
        launcher = Launcher("/none", [], "1", cgroup_parent="/x")
        remover = Remover(
            roster=world.roster, store=world.store, events=world.events, supervisor=world.supervisor,
            storage=storage, volumes=Unused(), images=collected, launcher=launcher, data_root=str(tmp_path),
        )  # fmt: skip
        storage.prepare(world.container.id, None)
        home = tmp_path / "containers" / world.container.id
        home.mkdir(parents=True)
        with pytest.raises(Conflict, match="container is running: stop the container before removing"):
            await remover.remove(world.container, force=False, volumes=False)
        with pytest.raises(System, match="cannot remove the default link name"):
            await remover.remove(world.container, force=False, volumes=False, link=True)
        gone = world.container.removal()
        await remover.remove(world.container, force=True, volumes=False)
        assert (await gone).state.exit_code == 137
        with pytest.raises(NotFound):
            world.roster.find("c1")
        assert world.actions() == ["kill", "die", "destroy"]
        await world.supervisor.settle()
        assert not home.exists()
        assert collected.images == [world.container.record.image]
        assert not storage.exists(world.container.id)
        await world.end()
        storage.close()

    asyncio.run(run())


def test_the_end_of_one_with_rm_is_told_before_the_disk_knows_and_swept_after(tmp_path: Path) -> None:
    async def run() -> None:
        world, storage = World(tmp_path, host=HostConfig(auto_remove=True)), Vfs(str(tmp_path))
        remover = Remover(
            roster=world.roster, store=world.store, events=world.events, supervisor=world.supervisor,
            storage=storage, volumes=Unused(), images=Collected(),
            launcher=Launcher("/none", [], "1", cgroup_parent="/x"), data_root=str(tmp_path),
        )  # fmt: skip
        world.instead["remove"] = remover.auto
        storage.prepare(world.container.id, None)
        gone = world.container.removal()
        with world.store._database.transaction():  # nothing can be committed as long as this goes on
            world.exit(3)
            assert (await gone).state.exit_code == 3
            with pytest.raises(NotFound):
                world.roster.find("c1")
            await asyncio.sleep(0.02)
            assert storage.exists(world.container.id)
        await world.supervisor.settle()
        assert not storage.exists(world.container.id)
        await asyncio.wrap_future(world.store.forget("another"))  # works are done in their order
        assert world.store.load() == []
        await world.end()
        storage.close()

    asyncio.run(run())
