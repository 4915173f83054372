"""Whether the host lets mounts pass between a container and a source (mount_namespaces(7)). Pure but for one read."""

from __future__ import annotations

import os
from collections.abc import Sequence

from hutch.model.errors import System

_WANTED = {
    "shared": (("shared:",), "shared mount"),
    "rshared": (("shared:",), "shared mount"),
    "slave": (("shared:", "master:"), "shared or slave mount"),
    "rslave": (("shared:", "master:"), "shared or slave mount"),
}


def check(source: str, propagation: str) -> None:
    """Raise System, in Docker's words, when the mount that holds ``source`` does not propagate as asked for."""
    if propagation not in _WANTED:
        return
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        verify(source, os.path.realpath(source), propagation, file.read())


def possible(source: str, propagation: str) -> bool:
    """Whether the mount that holds ``source`` propagates like this."""
    try:
        check(source, propagation)
    except System:
        return False
    return True


def verify(source: str, real: str, propagation: str, mountinfo: str) -> None:
    """The same for a path whose links are resolved, and the text of /proc/PID/mountinfo (proc_pid_mountinfo(5))."""
    tags, words = _WANTED[propagation]
    point, fields = _holder(real, mountinfo)
    if not any(field.startswith(tags) for field in fields):
        raise System(f"path {source} is mounted on {point} but it is not a {words}")


def arrives(sources: Sequence[str]) -> bool:
    """Whether what is mounted at ``sources`` at any time is seen in a mount namespace that was made before.

    A parked sandbox is such a namespace: without this, a disk that was mounted since would be an empty folder in it.
    """
    if not sources:
        return True
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        table = file.read()
    return all(passes_on(os.path.realpath(source), table) for source in sources)


def passes_on(real: str, mountinfo: str) -> bool:
    """Whether every mount on the way to ``real`` is shared, so that copies of the tree follow what is done below."""
    return all(any(field.startswith("shared:") for field in fields) for _, fields in _way(real, mountinfo))


def _holder(path: str, mountinfo: str) -> tuple[str, list[str]]:
    """(mount point, optional fields) of the mount that ``path`` is on: the longest, and of equal ones the last."""
    best, found = "", list[str]()
    for point, fields in _way(path, mountinfo):
        if len(point) >= len(best):
            best, found = point, fields
    return best, found


def _way(path: str, mountinfo: str) -> list[tuple[str, list[str]]]:
    """(mount point, optional fields) of every mount that ``path`` is in or below."""
    out = []
    for line in mountinfo.splitlines():
        parts = line.split()
        point = parts[4].replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
        if path == point or path.startswith(point.rstrip("/") + "/"):
            out.append((point, parts[6 : parts.index("-", 6)]))
    return out
