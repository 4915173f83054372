"""A restart ends what runs, and starts in any case."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.engine.container import Container
from hutch.engine.restart import restart
from hutch.model.errors import Conflict
from hutch.model.host_config import HostConfig
from unit.engine.world import World


class Starts:
    """Notes what is started; fails if told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.states: list[tuple[str, bool]] = []

    async def start(self, container: Container) -> None:
        self.states.append((container.record.state.status, container.keep))
        if self.error:
            raise self.error


def test_one_that_runs_is_ended_first_and_kept_although_it_is_to_be_removed(tmp_path: Path) -> None:
    async def run() -> None:
        world, starts = World(tmp_path, host=HostConfig(auto_remove=True)), Starts()
        world.dies_of.add(15)
        box = world.container
        await restart(box, starts, world.events, world.store, "c1", None, None)  # type: ignore[arg-type]
        assert starts.states == [("exited", True)]
        assert not box.keep
        assert world.actions()[-1] == "restart"
        assert ("remove", "c1") not in world.done
        starts.states.clear()
        await restart(box, starts, world.events, world.store, "c1", None, None)  # type: ignore[arg-type]
        assert starts.states == [("exited", True)], "one that has ended is started all the same"
        await world.end()

    asyncio.run(run())


def test_a_failed_start_is_no_restart(tmp_path: Path) -> None:
    async def run() -> None:
        world, starts = World(tmp_path), Starts(Conflict("no"))
        world.dies_of.add(15)
        with pytest.raises(Conflict, match=r"^Cannot restart container c1: no$"):
            await restart(world.container, starts, world.events, world.store, "c1", None, None)  # type: ignore[arg-type]
        assert not world.container.keep
        assert "restart" not in world.actions()
        await world.end()

    asyncio.run(run())
