"""The parked sandboxes: keepers that wait, each with an init that already has its namespaces and cgroup.

Two kinds: *free* ones, which the daemon may still give to a container, and *claimed* ones, whose id a created
container has taken but which was not started yet. The pool keeps ``count`` free ones, made one at a time: at leisure
when nothing was asked for a while, or soon after each request when fewer than half are left, so that steady work does
not find it empty. A burst that took them all doubles them (to :data:`MOST`) until nothing was asked for a while. When
as many are claimed, no more are made until some were taken, or are claimed for so long that they may never be: then the
oldest are given up for newer ones, and their containers start cold.
"""

from __future__ import annotations

import _socket
import os
import time
from collections.abc import Callable

from hutch.model.errors import HutchError
from hutch.runtime.keeper.loop import READ, Loop, Timer
from hutch.runtime.stages.channel import Channel, Closed

QUIET = 0.03
"""Seconds without a request before another sandbox is prepared."""
SOON = 0.005
"""Seconds before another is prepared when few are left: the request that took one has most of its work done then."""
BURST = 0.5
"""Seconds in which all have to be claimed for a burst."""
MOST = 8
"""As many as a burst may bring about, unless the daemon asked for more."""
IDLE = 10.0
"""Seconds without a request after which a burst is over."""
YOUNG = 1.0
"""Seconds in which a claimed one is likely to be taken: a container is mostly started right after it was created."""
LIMIT = 256
"""The most sandboxes a daemon may ask for."""

Fork = Callable[[tuple[str, str] | None], tuple[int, Channel]]


class Parked:
    """One waiting keeper."""

    __slots__ = ("channel", "claimed", "pid", "ready")

    def __init__(self, pid: int, channel: Channel) -> None:
        self.pid = pid
        self.channel = channel
        self.ready = False
        self.claimed: float | None = None
        """When it was, on the monotonic clock."""


class Pool:
    """``fork`` makes a keeper (see ``launcher/main.py``); ``announce(id, there)`` is called when one is ready and when
    a free one is given up; ``lost(id, cgroup)`` when one has ended by itself and may have left its cgroup: whoever sees
    to that says :meth:`left` afterwards. ``idle``, ``young``: seconds, as :data:`IDLE` and :data:`YOUNG`."""

    def __init__(
        self,
        loop: Loop,
        fork: Fork,
        announce: Callable[[str, bool], None],
        lost: Callable[[str, str], None],
        idle: float = IDLE,
        young: float = YOUNG,
    ) -> None:
        self._loop = loop
        self._fork = fork
        self._announce = announce
        self._lost = lost
        self._entries: dict[str, Parked] = {}
        self._leaving: dict[str, list[Callable[[], None]]] = {}
        self._idle = idle
        self._young = young
        self._count = self._wanted = 0
        self._claims: list[float] = []
        self._calm: Timer | None = None
        self._soon = False
        self._parent = "/hutch"
        self._timer: Timer | None = None
        self._failures = 0

    def keep(self, count: int, cgroup_parent: str) -> None:
        """Have ``count`` free sandboxes below ``cgroup_parent`` from now on; others are given up."""
        self._failures = 0
        if cgroup_parent != self._parent:
            for name in list(self._entries):
                self.discard(name)
        self._parent = cgroup_parent
        self._count = max(0, min(count, LIMIT))
        self._settle()
        self.later()

    def _settle(self) -> None:
        """A burst is over: no more than ``count`` again."""
        self._calm = None
        self._wanted = self._count
        for name in self._free()[self._count :]:
            self.discard(name)
        self._trim()

    def free(self) -> list[str]:
        """Ids that wait to be taken."""
        return [name for name in self._free() if self._entries[name].ready]

    def claimed(self) -> list[str]:
        """Ids that containers have taken which were not started yet."""
        return [name for name, entry in self._entries.items() if entry.claimed is not None]

    def _free(self) -> list[str]:
        return [name for name, entry in self._entries.items() if entry.claimed is None]

    def claim(self, name: str) -> bool:
        """A container was created with this id; whether it is (still) parked. Old claims too many are given up."""
        entry = self._entries.pop(name, None)
        if entry is None:
            return False
        entry.claimed = time.monotonic()
        self._entries[name] = entry  # to the end: dictionaries keep the order
        self._grow()
        self._trim()
        self.later()
        return True

    def _trim(self) -> None:
        """Give up the oldest of more claims than are wanted, if they are not young any more."""
        claimed = self.claimed()
        for name in claimed[: max(0, len(claimed) - max(1, self._wanted))]:
            if self._youth(name) <= 0:
                self.discard(name)

    def _youth(self, name: str) -> float:
        """Seconds in which a claimed one is still young."""
        return (self._entries[name].claimed or 0.0) + self._young - time.monotonic()

    def _grow(self) -> None:
        """Want twice as many when a burst of claims has left none."""
        now = time.monotonic()
        self._claims = [*self._claims[1 - self._count :], now] if self._count > 1 else []
        if len(self._claims) == self._count > 1 and now - self._claims[0] < BURST and not self._free():
            self._wanted = max(self._count, min(2 * self._count, MOST))
        if self._wanted > self._count:
            if self._calm is not None:
                self._calm.cancel()
            self._calm = self._loop.after(self._idle, self._settle)

    def take(self, name: str) -> tuple[int, Channel] | None:
        """The keeper parked under ``name``, for good: (pid, channel); None when there is none."""
        entry = self._entries.pop(name, None)
        if entry is None:
            return None
        entry.channel.sock.setblocking(True)
        if not entry.ready:  # it will read the request after it has parked; its report must not reach the daemon
            self._loop.forget(entry.channel.fileno())
            try:
                entry.channel.receive()
            except (Closed, OSError):
                entry.channel.close()
                return None
        else:
            self._loop.forget(entry.channel.fileno())
        self.later()
        return entry.pid, entry.channel

    def discard(self, name: str) -> None:
        """Give one up: its keeper sees the channel's end, ends the init, removes the cgroup, and ends."""
        if name in self._entries:
            channel = self._remove(name)
            channel.sock.shutdown(_socket.SHUT_WR)
            self._loop.watch(channel.fileno(), READ, lambda _events: self._leaves(name, channel))

    def _remove(self, name: str) -> Channel:
        """Nobody can have it any more, but something of it is there until :meth:`left`; its channel."""
        entry = self._entries.pop(name)
        self._leaving[name] = []
        self._loop.forget(entry.channel.fileno())
        if entry.ready and entry.claimed is None:
            self._announce(name, False)
        return entry.channel

    def _leaves(self, name: str, channel: Channel) -> None:
        try:
            channel.receive()  # that it had parked
        except (BlockingIOError, ValueError):
            return
        except (Closed, OSError):
            self._loop.forget(channel.fileno())
            channel.close()
            self.left(name)

    def left(self, name: str) -> None:
        """Nothing is left of one that was given up or lost: what waits for that is called."""
        for call in self._leaving.pop(name, ()):
            call()

    def after(self, name: str, call: Callable[[], None]) -> bool:
        """Whether something of one that was given up or lost is still there: then ``call`` is called when it is gone.

        A container of that id uses the same cgroup, which what is left removes.
        """
        calls = self._leaving.get(name)
        if calls is None:
            return False
        calls.append(call)
        return True

    def later(self) -> None:
        """Prepare the next one when nothing was asked for a while, or soon when few are left."""
        few = 2 * len(self._free()) < self._wanted
        if self._timer is not None:
            if few and self._soon:  # not put off again and again: steady work would never let it come
                return
            self._timer.cancel()
        self._soon = few
        self._timer = self._loop.after(SOON if few else QUIET, self._refill)

    def _refill(self) -> None:
        self._timer = None
        most, full = max(1, self._wanted), len(self._free()) >= self._wanted
        self._trim()
        claimed = self.claimed()
        if len(claimed) >= (most + 1 if full else most) and (wait := self._youth(claimed[0])) > 0:
            self._soon = False
            self._timer = self._loop.after(wait, self._refill)
            return
        if full or self._failures > 3:
            return
        name = os.urandom(32).hex()
        try:
            pid, channel = self._fork((name, f"{self._parent}/{name}"))
        except (OSError, HutchError):  # no descriptor, process or memory is left: after the next request then
            return
        channel.sock.setblocking(False)
        self._entries[name] = Parked(pid, channel)
        self._loop.watch(channel.fileno(), READ, lambda _events: self._parked(name))

    def _parked(self, name: str) -> None:
        entry = self._entries[name]
        try:
            entry.channel.receive()
        except BlockingIOError:
            return
        except (Closed, OSError):
            self._failures += not entry.ready
            self._remove(name).close()
            self._lost(name, f"{self._parent}/{name}")
            self.later()
            return
        entry.ready = True
        self._failures = 0
        self._announce(name, True)
        self.later()
