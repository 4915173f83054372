"""One container as the daemon holds it: its newest record, the order of its operations, and who waits for it.

Readers take :attr:`Container.record` and never wait. Whatever changes the container takes a turn, first come first
served, and has a name and a deadline, so that nothing hangs without saying on what.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from hutch.engine.keeper import Keeper
from hutch.engine.record import Record, replace
from hutch.model.errors import Unavailable

DEADLINE = 120.0
"""Seconds an operation may take, its waiting for others included, unless it says otherwise."""
FORMER = 10.0
"""Seconds that the keeper of the last run may take to remove its cgroup and end."""

_Waiter = asyncio.Future[Record]


class Stream(NamedTuple):
    """A client's connection that is to be attached when the container starts. ``fd`` is owned."""

    fd: int
    message: dict[str, Any]


class Container:
    """The daemon's hold on one container."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.keeper: Keeper | None = None
        self.former: Keeper | None = None
        """The keeper of the last run, told to clean up and end."""
        self.clearing: asyncio.Task[None] | None = None
        """The removal of what a keeper left that was killed."""
        self.saved: Future[None] | None = None
        """The record of the last run's end; done when it is on disk."""
        self.operation = ""
        """The name of the operation under way."""
        self.streams: list[Stream] = []
        """Clients that wait for the next start."""
        self.attachments: set[int] = set()
        self.execs: dict[str, Any] = {}
        self.wait_before: float = 0.0
        """Seconds that were waited before the last restart by policy."""
        self.pending: asyncio.TimerHandle | None = None
        """The restart that the policy has planned."""
        self.kill_sent = False
        """A user asked for the end: the restart policy must not undo it."""
        self.held = False
        """What it held while it ran could not be given back: its removal tries again."""
        self.keep = False
        """A restart is under way: its end must not remove it."""
        self.waited = asyncio.Event()
        """Somebody has asked for its end."""
        self.cleaning: asyncio.Task[None] | None = None
        """What follows an exit, while it goes on."""
        self.monitor: asyncio.Task[None] | None = None
        """What watches over its health (``health.py``)."""
        self._turn = asyncio.Lock()
        self._exits: list[_Waiter] = []
        self._removals: list[_Waiter] = []

    async def cleaned(self) -> None:
        """Wait until what follows the last exit is done."""
        if self.cleaning is not None and self.cleaning is not asyncio.current_task():
            await asyncio.wait((self.cleaning,))

    async def alone(self) -> None:
        """Wait until nothing is left of the last run's keeper: the next one uses the same cgroup, socket and files."""
        if self.clearing is not None:
            await asyncio.wait((self.clearing,))
            self.clearing = None
        former, self.former = self.former, None
        if former is not None and not former.closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(former.ended.wait(), FORMER)

    @property
    def id(self) -> str:
        """The full id."""
        return self.record.id

    @asynccontextmanager
    async def turn(self, name: str, deadline: float = DEADLINE) -> AsyncIterator[None]:
        """Be the only operation of this container. Raises Unavailable when the deadline passes."""
        try:
            async with asyncio.timeout(deadline):
                async with self._turn:
                    self.operation = name
                    try:
                        yield
                    finally:
                        self.operation = ""
        except TimeoutError:
            other = f", waiting for {self.operation}" if self.operation else ""
            raise Unavailable(f"{name} of container {self.id} did not end within {deadline:g} s{other}") from None

    def next_exit(self) -> _Waiter:
        """Done with the record after the next end of its process, or when the container is removed."""
        return _enlist(self._exits)

    def removal(self) -> _Waiter:
        """Done with the last record when the container is gone; fails with the error if the removal fails."""
        return _enlist(self._removals)

    def tell_exit(self) -> None:
        """Wake whoever waits for the end of its process."""
        _wake(self._exits, lambda waiter: waiter.set_result(self.record))

    def tell_removed(self) -> None:
        """Wake whoever waits, for anything."""
        self.drop_streams()
        self.tell_exit()
        _wake(self._removals, lambda waiter: waiter.set_result(self.record))

    def tell_not_removed(self, error: Exception) -> None:
        """The removal failed."""
        _wake(self._removals, lambda waiter: waiter.set_exception(error))

    def drop_streams(self) -> None:
        """Close the connections of clients that wait for a start which does not come."""
        while self.streams:
            os.close(self.streams.pop().fd)

    def unwatch(self) -> None:
        """End the health checks."""
        monitor, self.monitor = self.monitor, None
        if monitor is not None:
            monitor.cancel()

    def unmark(self, stopped_by_user: bool) -> None:
        """Its end was not the user's wish, or was it: what decides about ``unless-stopped``."""
        self.record = replace(self.record, stopped_by_user=stopped_by_user)

    def cancel_restart(self) -> bool:
        """Call off a restart that the policy has planned; whether there was one."""
        pending, self.pending = self.pending, None
        if pending is not None:
            pending.cancel()
        return pending is not None


def _enlist(waiters: list[_Waiter]) -> _Waiter:
    future: _Waiter = asyncio.get_running_loop().create_future()
    waiters.append(future)
    future.add_done_callback(lambda done: waiters.remove(done) if done in waiters else None)
    return future


def _wake(waiters: list[_Waiter], settle: Callable[[_Waiter], None]) -> None:
    woken, waiters[:] = list(waiters), []
    for waiter in woken:
        if not waiter.done():
            settle(waiter)
