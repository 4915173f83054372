"""``container prune``: remove every container that has ended, or never began."""

from __future__ import annotations

import time
from typing import Any

from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.record import Record
from hutch.engine.remove import Remover
from hutch.engine.roster import Roster
from hutch.model import timestamp
from hutch.model.errors import HutchError, Invalid
from hutch.model.filters import Filters, check, labels_pass
from hutch.storage.driver import StorageDriver

KEYS = frozenset(("label", "label!", "until"))


def chosen(record: Record, filters: Filters, until: int) -> bool:
    """Whether the container goes; ``until`` is the moment before which it must have been made (0: any)."""
    if record.state.status not in ("created", "exited", "dead"):
        return False
    return (not until or record.created < until) and labels_pass(filters, record.labels)


def moment(filters: Filters) -> int:
    """The ``until`` filter. Raises Invalid for more than one."""
    values = filters.get("until") or ()
    if len(values) > 1:
        raise Invalid("more than one until filter specified")
    return timestamp.parse(values[0], time.time_ns()) if values else 0


async def prune(
    roster: Roster, remover: Remover, storage: StorageDriver, events: Events, filters: Filters
) -> dict[str, Any]:
    """Remove them; which they were and how many bytes their writable layers had. Raises Invalid."""
    check(filters, KEYS)
    until = moment(filters)
    gone: list[str] = []
    reclaimed = 0
    for container in roster:
        if chosen(container.record, filters, until):
            size = await _remove(container, remover, storage)
            if size is not None:
                gone.append(container.id)
                reclaimed += size
    events.publish("container", "prune", "", {"reclaimed": str(reclaimed)})
    return {"ContainersDeleted": gone or None, "SpaceReclaimed": reclaimed}


async def _remove(container: Container, remover: Remover, storage: StorageDriver) -> int | None:
    """The size of its layer, or None if it went otherwise or began to run meanwhile."""
    try:
        size = storage.usage(container.id).size
        await remover.remove(container, force=False, volumes=False)
    except HutchError:
        return None
    return size
