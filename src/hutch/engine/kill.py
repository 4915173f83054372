"""``kill``: a signal for the container's first process; and the forced end that other verbs need."""

from __future__ import annotations

import asyncio

from hutch.engine import states
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.record import replace, with_state
from hutch.engine.roster import Roster
from hutch.engine.store import Store
from hutch.model import signals
from hutch.model.errors import Conflict, HutchError, Invalid, NotFound, System, Unavailable

DEATH = 20.0
"""Seconds that a killed process may need to be gone (it may sit in the kernel)."""


async def kill(roster: Roster, events: Events, store: Store, ref: str, signal: str | None) -> None:
    """Send ``signal`` (KILL when empty); of one that waits for its restart the end is that it is not restarted.

    Raises Invalid for an unknown signal, NotFound, Conflict when nothing runs.
    """
    try:
        number = signals.number(signal or "KILL")
        container = roster.find(ref)
    except (Invalid, NotFound) as error:
        raise type(error)(f"cannot kill container: {ref}: {error.message}") from None
    if container.record.state.status == "restarting" and number in (signals.KILL, _stop_signal(container)):
        not_again(container, store)
        return
    states.check_kill(container.record, ref)
    if number in (signals.KILL, _stop_signal(container)):
        asked_to_end(container)
    ended = container.next_exit()  # asked for first: the end may be told together with the answer
    try:
        await send(container, events, number)
        if number == signals.KILL:
            await asyncio.wait((ended,), timeout=DEATH)
    except HutchError:
        states.check_kill(container.record, ref)  # it may have ended meanwhile
        raise
    finally:
        ended.cancel()


def _stop_signal(container: Container) -> int:
    return signals.to_stop(container.record.config.stop_signal or "TERM")


def asked_to_end(container: Container) -> None:
    """From now on no restart policy brings it back before the user does."""
    container.kill_sent = True
    container.record = replace(container.record, stopped_by_user=True)


async def send(container: Container, events: Events, number: int) -> None:
    """Deliver a signal; a frozen container is thawed for it to arrive. Raises Unavailable when the keeper is gone."""
    keeper = container.keeper
    if keeper is None:
        raise Unavailable(f"container {container.id} has no keeper")
    events.container(container.record, "kill", signal=str(number))  # before the end that it may bring
    await keeper.ask("signal", sig=number, all=False)
    if container.record.state.status == "paused" and number in (signals.KILL, signals.TERM, _stop_signal(container)):
        await keeper.ask("resume")
        if container.record.state.status == "paused":
            container.record = states.unpaused(container.record)


async def force(container: Container, events: Events) -> None:
    """Kill it and return when it has ended. Raises System if it does not."""
    if not container.record.running:
        return
    ended = container.next_exit()
    asked_to_end(container)
    try:
        await send(container, events, signals.KILL)
    except HutchError:
        if container.record.running and not ended.done():
            raise
    try:
        await asyncio.wait_for(ended, DEATH)
    except TimeoutError:
        raise System(f"container {container.id} did not exit within {DEATH:g} s of being killed") from None


def not_again(container: Container, store: Store) -> None:
    """Call off the restart that its policy has planned."""
    container.cancel_restart()
    if container.record.state.status != "restarting":
        raise Conflict(f"container {container.id} is being restarted")
    container.record = replace(with_state(container.record, status="exited"), stopped_by_user=True)
    store.later(container.record)
