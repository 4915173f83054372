"""``rename``: another name for the same container."""

from __future__ import annotations

from hutch.engine import names
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.record import replace
from hutch.engine.roster import Roster
from hutch.engine.store import Store
from hutch.model.errors import Conflict, Invalid, NotFound


async def rename(container: Container, roster: Roster, events: Events, store: Store, name: str) -> None:
    """Call it ``name``; the old name is free when the new one is on disk. Raises Invalid, Conflict, NotFound."""
    if not name:
        raise Invalid("Neither old nor new names may be empty")
    new = name.removeprefix("/")
    async with container.turn("rename"):
        if container.record.state.status == "removing":  # meanwhile: its record must not come back
            raise NotFound(f"No such container: {container.id}")
        old = container.record.name
        if new == old:
            raise Invalid("Renaming a container with the same name as its current name")
        try:
            names.check("/" + new)
            roster.reserve(new, container.id)
        except (Invalid, Conflict) as error:
            raise type(error)(f"Error when allocating new name: {error.message}") from None
        try:
            await store.save(replace(container.record, name=new))
        except BaseException:
            roster.release(new, container.id)
            raise
        container.record = replace(container.record, name=new)
        roster.release(old, container.id)
        store.later(container.record)
        events.container(container.record, "rename", oldName="/" + old)
