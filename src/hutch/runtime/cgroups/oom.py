"""Out-of-memory events of a cgroup: how many, and something to poll."""

from __future__ import annotations

import os

from hutch.linux import inotify
from hutch.runtime.cgroups.write import put, read_or


def parse(text: str, key: str) -> int:
    """The number after ``key`` in a flat keyed control file; 0 when it is not there."""
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name == key:
            return int(value)
    return 0


def count(folder: str, version: int) -> int:
    """Processes killed for want of memory (memory.oom_control of v1 since 4.13, memory.events of v2)."""
    file = "memory.oom_control" if version == 1 else "memory.events"
    return parse(read_or(f"{folder}/{file}", ""), "oom_kill")


class Watch:
    """``fd`` becomes readable at an event; :meth:`drain` makes it quiet again; :meth:`close` ends the watch.

    v1 tells through an eventfd registered in ``cgroup.event_control``, v2 by a change of ``memory.events``.
    """

    __slots__ = ("_held", "fd")

    def __init__(self, folder: str, version: int) -> None:
        self._held = -1
        if version == 2:
            self.fd = inotify.watch_modified(f"{folder}/memory.events")
            return
        self._held = os.open(f"{folder}/memory.oom_control", os.O_RDONLY | os.O_CLOEXEC)
        self.fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        try:
            put(f"{folder}/cgroup.event_control", f"{self.fd} {self._held}")
        except BaseException:
            self.close()
            raise

    def fds(self) -> list[int]:
        """The descriptors, for :meth:`of` in another process: one, or on v1 two."""
        return [fd for fd in (self.fd, self._held) if fd >= 0]

    @classmethod
    def of(cls, fds: list[int]) -> Watch:
        """The watch behind descriptors that another process made."""
        watch = cls.__new__(cls)
        watch.fd, watch._held = fds[0], fds[1] if len(fds) > 1 else -1
        return watch

    def drain(self) -> None:
        """Read away what made the fd readable."""
        try:
            os.read(self.fd, 4096)
        except BlockingIOError:
            return

    def close(self) -> None:
        """End the watch."""
        for fd in (self.fd, self._held):
            if fd >= 0:
                os.close(fd)
        self.fd = self._held = -1
