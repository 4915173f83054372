"""A daemon, or another process, that may open few files more."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator


def opened(pid: int) -> dict[int, str]:
    """What a process has open, by descriptor."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
    return found


@contextlib.contextmanager
def few(pid: int, more: int) -> Iterator[None]:
    """Let a process have ``more`` descriptors beyond those that it has (prlimit(2)): the next one fails with EMFILE.

    The limit is on the number of a descriptor, and the lowest that is free is taken (open(2)).
    """
    used, limit, free = set(opened(pid)), 0, 0
    while free < more or limit in used:
        free += limit not in used
        limit += 1
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, before[1]))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
