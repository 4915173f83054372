"""``stop``: ask the container to end, and kill it when it does not."""

from __future__ import annotations

import asyncio

from hutch.engine import kill
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.store import Store
from hutch.linux.failpoint import failpoint
from hutch.model import signals
from hutch.model.errors import HutchError, Invalid, NotModified, System

TIMEOUT = 10
"""Seconds, when neither the request nor the container nor the daemon's ``--default-stop-timeout`` says."""


async def stop(
    container: Container,
    events: Events,
    store: Store,
    ref: str,
    signal: str | None,
    timeout: int | None,
    default: int = TIMEOUT,
) -> None:
    """Send the stop signal, wait ``timeout`` seconds (negative: for ever), then kill.

    Without ``timeout`` it is the container's own, or else ``default``.

    Raises NotModified when it does not run, System for an unknown signal (as Docker: 500).
    """
    record = container.record
    if record.state.status == "restarting":
        kill.not_again(container, store)
        return
    if not record.running:
        raise NotModified(f"container {record.id} is not running")
    try:
        number = signals.number(signal) if signal else signals.to_stop(record.config.stop_signal or "TERM")
    except Invalid as error:
        raise System(f"cannot stop container: {ref}: {error.message}") from None
    if timeout is None:
        timeout = default if record.config.stop_timeout is None else record.config.stop_timeout
    failpoint("stop.begin")
    kill.asked_to_end(container)
    ended = container.next_exit()
    await _ask(container, events, number)
    failpoint("stop.signalled")
    if container.record.running:
        await asyncio.wait((ended,), timeout=None if timeout < 0 else timeout)
        if not ended.done():
            await kill.force(container, events)
    failpoint("stop.ended")
    await container.cleaned()
    events.container(container.record, "stop")


async def _ask(container: Container, events: Events, number: int) -> None:
    """Deliver the stop signal; that the container ends meanwhile is no error."""
    try:
        await kill.send(container, events, number)
    except HutchError:
        if container.record.running:
            raise
