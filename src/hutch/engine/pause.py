"""``pause`` and ``unpause``: the freezer of the container's cgroup."""

from __future__ import annotations

from hutch.engine import states
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.store import Store
from hutch.model.errors import Unavailable


async def pause(container: Container, events: Events, store: Store) -> None:
    """Freeze every process of the container. Raises Conflict."""
    async with container.turn("pause"):
        states.check_pause(container.record)
        if container.keeper is None:
            raise Unavailable(f"container {container.id} has no keeper")
        await container.keeper.ask("pause")
        if container.record.running:
            container.record = states.paused(container.record)
            store.later(container.record)
            events.container(container.record, "pause")


async def unpause(container: Container, events: Events, store: Store) -> None:
    """Thaw them. Raises System when it is not frozen (as Docker: 500)."""
    async with container.turn("unpause"):
        states.check_unpause(container.record)
        if container.keeper is None:
            raise Unavailable(f"container {container.id} has no keeper")
        await container.keeper.ask("resume")
        if container.record.running:
            container.record = states.unpaused(container.record)
            store.later(container.record)
            events.container(container.record, "unpause")
