"""The end of a daemon."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from hutch.engine.container import Stream
from hutch.engine.launcher import Launcher
from hutch.engine.lifecycle import Lifecycle
from hutch.engine.store import Store
from unit.engine.world import World


class Ending(World):
    """A world that a lifecycle closes."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.closed: list[str] = []
        self.taken = 0
        launcher = Launcher(f"{home}/launcher.sock", ["/bin/false"], "1", cgroup_parent="/x")
        self.life = Lifecycle(
            roster=self.roster, store=self.store, events=self.events, supervisor=self.supervisor, launcher=launcher,
            identity="me", name="here", rooms=[self.room("first"), self.room("second")], take=self.take,
        )  # fmt: skip

    def room(self, name: str) -> Callable[[], Awaitable[None]]:
        async def close() -> None:
            self.closed.append(name)

        return close

    def take(self) -> None:
        self.taken += 1


def again(home: Path) -> Store:
    return Store(f"{home}/engine.db")


def test_containers_live_on_and_who_waits_is_let_go(tmp_path: Path) -> None:
    async def run() -> None:
        world = Ending(tmp_path)
        far, near = socket.socketpair()
        world.container.streams.append(Stream(near.detach(), {}))
        await world.life.close(stop_containers=False, timeout=5)
        assert world.closed == ["first", "second"]
        assert far.recv(1) == b""
        assert [message for message in world.asked if message["op"] == "signal"] == []
        assert world.container.keeper is not None and world.container.keeper.closed
        far.close()
        await world.end()

    asyncio.run(run())


def test_containers_are_stopped_without_the_mark_of_a_user(tmp_path: Path) -> None:
    async def run() -> None:
        world = Ending(tmp_path)
        world.dies_of.add(15)
        await world.life.close(stop_containers=True, timeout=5)
        assert world.container.record.state.status == "exited"
        assert not world.container.record.stopped_by_user
        store = again(tmp_path)
        assert [(r.state.status, r.stopped_by_user) for r in store.load()] == [("exited", False)]
        store.close()
        await world.end()

    asyncio.run(run())


def test_one_that_does_not_end_holds_nobody_up(tmp_path: Path) -> None:
    async def run() -> None:
        world = Ending(tmp_path)
        world.dies_of.clear()
        await world.life.close(stop_containers=True, timeout=0)
        assert world.closed == ["first", "second"]
        assert world.container.record.running
        await world.end()

    asyncio.run(run())


def test_a_reload_is_taken_and_told(tmp_path: Path) -> None:
    async def run() -> None:
        world = Ending(tmp_path)
        settings = {"debug": True, "labels": ["a=b"], "runtimes": {}, "mtu": 9, "log-driver": "local"}
        await world.life.reload(settings)
        assert world.taken == 1
        (event,) = world.events._past
        assert event.action == "reload"
        told = {key: value for key, value in event.attributes.items() if key in settings}
        assert told == {"debug": "true", "labels": '["a=b"]', "runtimes": "", "mtu": "9", "log-driver": "local"}
        await world.life.close(stop_containers=False, timeout=0)
        await world.end()

    asyncio.run(run())
