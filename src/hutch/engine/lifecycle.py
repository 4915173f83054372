"""The end of the daemon, and new settings while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from hutch.engine import stop
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.launcher import Launcher
from hutch.engine.roster import Roster
from hutch.engine.store import Store
from hutch.engine.supervise import Supervisor
from hutch.model import json_text
from hutch.model.errors import HutchError

_log = logging.getLogger(__name__)
PATIENCE = 10.0
"""Seconds for what goes on in the background when the daemon ends."""


class Lifecycle:
    """Implements ``api/backends.py:LifecycleBackend``. ``rooms`` close the rooms below, in this order; ``take``
    hands the settings of this moment to them."""

    def __init__(
        self,
        *,
        roster: Roster,
        store: Store,
        events: Events,
        supervisor: Supervisor,
        launcher: Launcher,
        identity: str,
        name: str,
        rooms: list[Callable[[], Awaitable[None]]],
        take: Callable[[], None],
        stop_timeout: Callable[[], int] = lambda: stop.TIMEOUT,
    ) -> None:
        self._roster = roster
        self._store = store
        self._events = events
        self._supervisor = supervisor
        self._launcher = launcher
        self._identity = identity
        self._name = name
        self._rooms = rooms
        self._take = take
        self._stop_timeout = stop_timeout

    async def close(self, *, stop_containers: bool, timeout: int) -> None:
        """End; containers live on unless ``stop_containers``, which takes ``timeout`` seconds at most."""
        if stop_containers:
            work = asyncio.gather(*(self._stop(container) for container in self._roster))
            try:
                await asyncio.wait_for(work, None if timeout < 0 else timeout)
            except TimeoutError:
                _log.warning("some containers did not end within %s s", timeout)
        self._supervisor.closing = True
        self._events.close()
        for container in self._roster:
            container.cancel_restart()
            container.unwatch()
            container.drop_streams()
        try:
            await asyncio.wait_for(self._supervisor.settle(), PATIENCE)
        except TimeoutError:
            _log.warning("background work did not end within %s s", PATIENCE)
        kept = [container.keeper for container in self._roster if container.keeper is not None]
        for keeper in kept:
            keeper.close()
        if kept or any(container.record.running for container in self._roster):
            self._launcher.close()
        else:
            await self._launcher.retire()
        for room in self._rooms:
            await room()
        await asyncio.to_thread(self._store.close)

    async def _stop(self, container: Container) -> None:
        """Stop it without the mark of a user's stop: it is to start with the next daemon if its policy says so."""
        mark = container.record.stopped_by_user
        try:
            await stop.stop(
                container, self._events, self._store, container.id, None, None, default=self._stop_timeout()
            )
        except HutchError as error:
            _log.debug("stopping container %s: %s", container.id, error)
            return
        container.unmark(mark)
        self._store.later(container.record)

    async def reload(self, settings: dict[str, Any]) -> None:
        """Have the rooms take the settings that were read again, and publish it. Raises Invalid, OSError."""
        self._take()
        attributes = {key: _shown(value) for key, value in settings.items()}
        self._events.publish("daemon", "reload", self._identity, {**attributes, "name": self._name})


def _shown(value: Any) -> str:
    """A setting as the reload event has it: text as it is, everything else as JSON, nothing for an empty mapping."""
    if isinstance(value, str):
        return value
    return json_text.encode(value) if value != {} else ""
