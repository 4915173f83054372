"""Making controllers available below a v2 cgroup (cgroup-v2.rst, "Controlling Controllers", "No Internal Process")."""

from __future__ import annotations

import errno
import os

from hutch.model.errors import System
from hutch.runtime.cgroups.write import put, read

LEAF = "hutch-leaf"
"""The cgroup that takes the processes which stand in the way of enabling controllers above them."""


def missing(available: str, enabled: str, wanted: tuple[str, ...]) -> list[str]:
    """Of ``wanted`` what ``cgroup.controllers`` offers and ``cgroup.subtree_control`` does not pass down yet."""
    have, on = set(available.split()), set(enabled.split())
    return [name for name in wanted if name in have and name not in on]


def enable(mount: str, own: str, path: str, wanted: tuple[str, ...]) -> None:
    """Pass ``wanted`` down from ``mount`` through every ancestor of ``mount + path`` (not to its own children).

    Controllers that an ancestor does not offer are left out: whoever needs one finds its file missing and says so.
    When processes stand in the mount point itself or in our own cgroup ``own``, they are moved to a leaf below it;
    elsewhere they belong to somebody else. Raises System naming the cgroup.
    """
    folder = mount
    for name in path.strip("/").split("/"):
        names = missing(read(f"{folder}/cgroup.controllers"), read(f"{folder}/cgroup.subtree_control"), wanted)
        if names:
            _pass_down(folder, names, ours=folder in (mount, mount + own))
        folder = f"{folder}/{name}"
        try:
            os.mkdir(folder, 0o755)
        except FileExistsError:
            continue


def _pass_down(folder: str, names: list[str], *, ours: bool) -> None:
    control = f"{folder}/cgroup.subtree_control"
    try:
        put(control, " ".join("+" + n for n in names))
        return
    except OSError as e:
        if e.errno == errno.EBUSY and ours:
            _clear(folder)
    for name in names:
        try:
            put(control, "+" + name)
        except OSError as e:
            # ENOENT/EINVAL/EOPNOTSUPP: this controller cannot be passed down here (threaded, or taken by v1).
            if e.errno not in (errno.ENOENT, errno.EINVAL, errno.EOPNOTSUPP):
                raise System(
                    f"cannot write '+{name}' to {control}: {(e.strerror or str(e)).lower()}",
                    hint="processes in that cgroup must be moved to a child of it" if e.errno == errno.EBUSY else "",
                ) from e


def _clear(folder: str) -> None:
    """Move the processes of a cgroup to its leaf, until none is left: they may fork meanwhile."""
    leaf = f"{folder}/{LEAF}"
    if not os.path.isdir(leaf):
        os.mkdir(leaf, 0o755)
    for _ in range(100):
        pids = read(f"{folder}/cgroup.procs").split()
        if not pids:
            return
        moved = False
        for pid in pids:
            try:
                put(f"{leaf}/cgroup.procs", pid)
                moved = True
            except OSError as e:
                if e.errno not in (errno.ESRCH, errno.EINVAL):  # EINVAL: a kernel thread stays in the root
                    raise System(f"cannot move process {pid} to {leaf}: {(e.strerror or str(e)).lower()}") from e
        if not moved:
            return
