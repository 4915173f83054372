"""The backend finds the container that is meant and calls the verb."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hutch.engine.containers import Containers
from hutch.model.errors import NotFound
from hutch.storage.vfs import Vfs
from unit.engine.test_bundle import bundler
from unit.engine.world import World


class Starter:
    """What a start would be asked for."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.started: list[str] = []

    def folder(self, container: str) -> str:
        return f"{self.home}/{container}"

    def former_network(self, record: Any) -> str:
        return ""

    async def start(self, container: Any, *_: Any) -> None:
        self.started.append(container.record.name)

    def renamed(self, container: Any) -> None:
        return None


def backend(world: World, tmp_path: Path) -> tuple[Containers, Starter, Vfs]:
    starter, storage = Starter(str(tmp_path)), Vfs(str(tmp_path))
    unused: Any = None
    made = Containers(
        roster=world.roster, store=world.store, events=world.events, creator=unused, starter=starter,  # type: ignore[arg-type]
        remover=unused, bundler=bundler(tmp_path), mounts=unused, storage=storage,
        size_below=lambda top: 7 if top == world.container.record.top else 0,
    )  # fmt: skip
    return made, starter, storage


def test_verbs_by_name_and_id(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        containers, starter, storage = backend(world, tmp_path)
        box = world.container
        await containers.pause(box.id[:3] + box.id[3:])
        assert box.record.state.status == "paused"
        await containers.unpause("c1")
        await containers.rename("c1", "web")
        assert world.roster.find("web") is box
        with pytest.raises(NotFound):
            await containers.pause("c1")
        await containers.kill("web", None)
        assert (await containers.wait("web", "not-running"))["StatusCode"] == 137
        await containers.start("web")
        assert starter.started == ["web"]
        assert world.actions() == ["pause", "unpause", "rename", "kill", "die"]
        await world.end()
        storage.close()

    asyncio.run(run())


def test_lists_and_inspects_with_sizes(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        containers, _, storage = backend(world, tmp_path)
        storage.prepare(world.container.id, None)
        Path(storage.layer_dir(world.container.id), "file").write_bytes(b"12345")
        (row,) = containers.list(everything=False, limit=0, size=True, filters={})
        assert (row["Names"], row["State"], row["SizeRw"], row["SizeRootFs"]) == (["/c1"], "running", 5, 12)
        found = containers.inspect("c1", size=True)
        assert (found["Name"], found["SizeRw"], found["State"]["Running"]) == ("/c1", 5, True)
        assert "SizeRw" not in containers.inspect("c1")
        world.exit(0)
        await world.container.next_exit()
        assert containers.list(everything=False, limit=0, size=False, filters={}) == []
        assert len(containers.list(everything=True, limit=0, size=False, filters={})) == 1
        await world.end()
        storage.close()

    asyncio.run(run())
