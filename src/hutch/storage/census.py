"""Counting what a folder of layer files takes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext

from hutch.storage.driver import Usage

_MTAB = b"./etc/mtab"


def census(folder: str, below: str | None = None, *, of_container: bool = True) -> Usage:
    """Bytes of the files and symbolic links below ``folder``, hard links once, as dockerd counts them, and the number
    of files of every kind.

    With ``below``, only what is other than at the same path below that one, of which ``folder`` is a snapshot: a file
    that did not change has the same inode number and change time in both. Follows no link; a file that vanishes
    meanwhile is not counted, nor is ``/etc/mtab`` as a start of the container makes it. Raises OSError.
    """
    size = inodes = 0
    seen: set[tuple[int, int]] = set()
    pending = [b"."]
    top = os.fsencode(folder)
    base = None if below is None else os.fsencode(below)
    while pending:
        at = pending.pop()
        with _entries(top, at) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                path = os.path.join(at, entry.name)
                if stat.S_ISDIR(status.st_mode):
                    pending.append(path)
                elif status.st_nlink > 1:
                    if (status.st_dev, status.st_ino) in seen:
                        continue
                    seen.add((status.st_dev, status.st_ino))
                if base is not None and _unchanged(status, os.path.join(base, path)):
                    continue
                if of_container and path == _MTAB and _is_ours(os.path.join(top, path)):
                    continue
                if not stat.S_ISDIR(status.st_mode):
                    size += status.st_size  # of a symbolic link the length of its text, of a device nothing
                inodes += 1
    return Usage(size, inodes)


def _is_ours(path: bytes) -> bool:
    """Whether it is the link that every start makes (``runtime/steps/rootfs.py``), which nobody asked for."""
    try:
        return os.readlink(path) == b"/proc/mounts"
    except OSError:
        return False


def _unchanged(status: os.stat_result, path: bytes) -> bool:
    try:
        other = os.lstat(path)
    except OSError:
        return False
    return all(getattr(status, key) == getattr(other, key) for key in ("st_ino", "st_ctime_ns", "st_size", "st_mode"))


def _entries(top: bytes, at: bytes) -> AbstractContextManager[Iterable[os.DirEntry[bytes]]]:
    try:
        return os.scandir(os.path.join(top, at))
    except FileNotFoundError:
        if at == b".":
            raise
        return nullcontext(())
