"""Freezing in v2 (``cgroup.freeze``), a property of every cgroup."""

from __future__ import annotations

import os
import select
import time

from hutch.model.errors import System
from hutch.runtime.cgroups.write import put, read

_DEADLINE = 10.0


def _wait(folder: str, wanted: str) -> None:
    """Wait until cgroup.events says so; the kernel signals a change of that file as POLLPRI."""
    fd = os.open(f"{folder}/cgroup.events", os.O_RDONLY | os.O_CLOEXEC)
    try:
        poll = select.poll()
        poll.register(fd, select.POLLPRI)
        end = time.monotonic() + _DEADLINE
        while f"frozen {wanted}" not in os.pread(fd, 4096, 0).decode():
            if time.monotonic() > end:
                raise System(f"{folder}/cgroup.events does not become frozen {wanted}")
            poll.poll(100)
    finally:
        os.close(fd)


def freeze(folder: str) -> None:
    """Freeze every process and wait until they are. Raises System when they do not come to rest in 10 s."""
    put(f"{folder}/cgroup.freeze", "1")
    try:
        _wait(folder, "1")
    except System:
        put(f"{folder}/cgroup.freeze", "0")
        raise


def thaw(folder: str) -> None:
    """Let the processes go on. Raises OSError with the path."""
    put(f"{folder}/cgroup.freeze", "0")


def is_frozen(folder: str) -> bool:
    """Whether the cgroup has been asked to freeze."""
    return read(f"{folder}/cgroup.freeze").strip() == "1"
