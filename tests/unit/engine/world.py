"""The engine's own parts around one running container whose keeper is played by the test."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.keeper import Keeper
from hutch.engine.roster import Roster
from hutch.engine.store import Store
from hutch.engine.supervise import Supervisor
from unit.engine.keepers import Far
from unit.engine.make import running


class World:
    """Real roster, store, events and supervisor; ``container`` runs in ``far``, which answers every request."""

    def __init__(self, home: Path, **changes: Any) -> None:
        self.roster, self.events, self.store = Roster(), Events(), Store(f"{home}/engine.db")
        self.done: list[tuple[str, str]] = []
        self.began: list[Container] = []
        self.answers: Any = None
        """Hears of every request, beside the answer that it gets."""
        self.instead: dict[str, Any] = {}
        """What a test has done where otherwise is only noted that it was to be done."""
        actions = {what: self._note(what) for what in ("release", "restart", "remove", "clean")}
        self.supervisor = Supervisor(self.store, self.events, f"{home}/run", **actions, begun=self.began.append)
        self.container = Container(running(**changes))
        self.roster.reserve(self.container.record.name, self.container.id)
        self.roster.add(self.container)
        self.far = Far()
        self.asked: list[dict[str, Any]] = []
        watch = self.supervisor.watch(self.container)
        self.container.keeper = Keeper(self.far.ours, self.container.id, watch)
        self.dies_of: set[int] = {9}
        self.far.sock.setblocking(False)
        asyncio.get_running_loop().add_reader(self.far.sock.fileno(), self._answer)

    def _note(self, what: str) -> Any:
        async def action(container: Container) -> None:
            if what in self.instead:
                await self.instead[what](container)
            else:
                self.done.append((what, container.record.name))

        return action

    def _answer(self) -> None:
        try:
            message = self.far.receive()
        except (ValueError, OSError):
            asyncio.get_running_loop().remove_reader(self.far.sock.fileno())
            return
        self.asked.append(message)
        if self.answers is not None:
            self.answers(message)
        if "seq" in message:
            self.far.send({"ok": True, "seq": message["seq"]})
        if message["op"] == "signal" and message["sig"] in self.dies_of:
            self.exit(128 + message["sig"], message["sig"])

    def exit(self, code: int, signal: int = 0) -> None:
        """The container's process ends."""
        self.far.send({"event": "exit", "code": code, "signal": signal, "oom": False, "at": 0})

    def actions(self) -> list[str]:
        """What was published."""
        return [event.action for event in self.events._past]

    async def end(self) -> None:
        """Close everything."""
        self.supervisor.closing = True
        await self.supervisor.settle()
        if self.container.keeper is not None:
            self.container.keeper.close()
        asyncio.get_running_loop().remove_reader(self.far.sock.fileno())
        self.far.sock.close()
        await asyncio.sleep(0.01)  # a keeper that was let go sees the end of its connection
        self.store.close()
