"""The parked sandboxes: keepers that wait, each with an init that already has its namespaces and cgroup.

Two kinds: *free* ones, which the daemon may still give to a container, and *claimed* ones, whose id a created
container has taken but which was not started yet. The pool keeps ``count`` free ones, made one at a time and never
while a request waits, and at most ``count`` claimed ones: the oldest is given up for a newer one, and its container
starts cold.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from hutch.runtime.keeper.loop import READ, Loop, Timer
from hutch.runtime.stages.channel import Channel, Closed

QUIET = 0.03
"""Seconds without a request before another sandbox is prepared."""
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
        self.claimed = False


class Pool:
    """``fork`` makes a keeper (see ``launcher/main.py``); ``announce(id)`` is called when one is ready."""

    def __init__(self, loop: Loop, fork: Fork, announce: Callable[[str], None]) -> None:
        self._loop = loop
        self._fork = fork
        self._announce = announce
        self._entries: dict[str, Parked] = {}
        self._count = 0
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
        for name in self._free()[self._count :]:
            self.discard(name)
        self.later()

    def free(self) -> list[str]:
        """Ids that wait to be taken."""
        return [name for name in self._free() if self._entries[name].ready]

    def claimed(self) -> list[str]:
        """Ids that containers have taken which were not started yet."""
        return [name for name, entry in self._entries.items() if entry.claimed]

    def _free(self) -> list[str]:
        return [name for name, entry in self._entries.items() if not entry.claimed]

    def claim(self, name: str) -> bool:
        """A container was created with this id; whether it is (still) parked. The oldest claim too many is given up."""
        entry = self._entries.pop(name, None)
        if entry is None:
            return False
        entry.claimed = True
        self._entries[name] = entry  # to the end: dictionaries keep the order
        claimed = [each for each, parked in self._entries.items() if parked.claimed]
        for each in claimed[: max(0, len(claimed) - max(1, self._count))]:
            self.discard(each)
        self.later()
        return True

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
        """Give one up: its keeper sees the channel close, ends the init and removes the cgroup."""
        entry = self._entries.pop(name, None)
        if entry is not None:
            self._loop.forget(entry.channel.fileno())
            entry.channel.close()

    def later(self) -> None:
        """Prepare the next one when nothing was asked for a while."""
        timer = self._loop.after(QUIET, self._refill)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer

    def _refill(self) -> None:
        self._timer = None
        if len(self._free()) >= self._count or self._failures > 3:
            return
        name = os.urandom(32).hex()
        pid, channel = self._fork((name, f"{self._parent}/{name}"))
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
            self.discard(name)
            self.later()
            return
        entry.ready = True
        self._failures = 0
        self._announce(name)
        self._refill()
