"""``resize``: the size of a container's terminal."""

from __future__ import annotations

from hutch.engine import states
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.model.errors import Unavailable


async def resize(container: Container, events: Events, height: int, width: int) -> None:
    """Give the terminal another size; without one nothing changes, but it is told as dockerd tells it.

    Raises Conflict when nothing runs.
    """
    states.check_running(container.record)
    if container.keeper is None:
        raise Unavailable(f"container {container.id} has no keeper")
    if container.record.tty:
        await container.keeper.ask("resize", h=height, w=width)
    events.container(container.record, "resize", height=str(height), width=str(width))
