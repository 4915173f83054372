"""``restart``: end it if it runs, and start it."""

from __future__ import annotations

from hutch.engine import stop
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.start import Starter
from hutch.engine.store import Store
from hutch.model.errors import HutchError, NotModified


async def restart(
    container: Container,
    starter: Starter,
    events: Events,
    store: Store,
    ref: str,
    signal: str | None,
    timeout: int | None,
    default: int = stop.TIMEOUT,
) -> None:
    """Stop and start; one with ``--rm`` is not removed in between. Raises what both raise."""
    container.keep = True
    try:
        try:
            await stop.stop(container, events, store, ref, signal, timeout, default)
        except NotModified:
            await container.cleaned()
        await starter.start(container)
    except HutchError as error:
        error.message = f"Cannot restart container {ref}: {error.message}"
        raise
    finally:
        container.keep = False
    events.container(container.record, "restart")
