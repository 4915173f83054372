"""What the system backend answers comes from the parts below it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from hutch.engine.events import Events
from hutch.engine.info import About, Info
from hutch.engine.roster import Roster
from hutch.engine.system import System
from hutch.spec.machine import Machine
from hutch.storage.vfs import Vfs
from unit.engine.make import record


def test_info_version_and_events(tmp_path: Path) -> None:
    async def run() -> None:
        storage, events = Vfs(str(tmp_path)), Events()
        about = About(identity="me", data_root="/d", default_runtime="hutch", runtimes={}, log_driver="local")
        info = Info(roster=Roster(), events=events, storage=storage, machine=Machine(), about=about, images=lambda: 7)
        system = System(info, events, "1.24")
        assert (system.info()["ID"], system.info()["Images"]) == ("me", 7)
        assert system.version()["MinAPIVersion"] == "1.24"
        events.container(record(3), "create")
        told = [event async for event in system.events("1", str(time.time() + 0.01), {})]
        assert [event["Action"] for event in told] == ["create"]
        storage.close()

    asyncio.run(run())
