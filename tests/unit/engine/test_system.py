"""What the system backend answers comes from the parts below it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hutch.engine.disk_usage import DiskUsage
from hutch.engine.events import Events
from hutch.engine.info import About, Info
from hutch.engine.roster import Roster
from hutch.engine.system import System
from hutch.model.errors import Invalid
from hutch.spec.machine import Machine
from hutch.storage.vfs import Vfs
from unit.engine.make import record


async def _no_images(used: Callable[[str], int]) -> tuple[list[Any], int]:
    return [], used("none")


async def _no_volumes() -> list[Any]:
    return []


def test_info_version_and_events(tmp_path: Path) -> None:
    async def run() -> None:
        storage, events = Vfs(str(tmp_path)), Events()
        about = About(identity="me", data_root="/d", default_runtime="hutch", runtimes={}, log_driver="local")
        info = Info(roster=Roster(), events=events, storage=storage, machine=Machine(), about=about, images=lambda: 7)
        usage = DiskUsage(roster=Roster(), storage=storage, containers=list, images=_no_images, volumes=_no_volumes)
        system = System(info, events, "1.24", usage)
        assert (system.info()["ID"], system.info()["Images"]) == ("me", 7)
        assert system.version()["MinAPIVersion"] == "1.24"
        events.container(record(3), "create")
        told = [event async for event in system.events("1", str(time.time() + 0.01), {})]
        assert [event["Action"] for event in told] == ["create"]
        assert list(await system.disk_usage(["volume"])) == ["VolumeUsage"]
        assert len(await system.disk_usage([])) == 4
        with pytest.raises(Invalid, match="unknown object type: x"):
            await system.disk_usage(["x"])
        storage.close()

    asyncio.run(run())
