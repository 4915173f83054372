"""Counting what a folder of layer files takes."""

from __future__ import annotations

import os
import stat

from hutch.storage.driver import Usage


def census(folder: str) -> Usage:
    """Bytes of the regular files below ``folder``, hard links once, and the number of files of every kind.

    Follows no link; a file that vanishes meanwhile is not counted. Raises OSError.
    """
    size = inodes = 0
    seen: set[tuple[int, int]] = set()
    pending = [os.fsencode(folder)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    pending.append(entry.path)
                elif status.st_nlink > 1:
                    if (status.st_dev, status.st_ino) in seen:
                        continue
                    seen.add((status.st_dev, status.st_ino))
                if stat.S_ISREG(status.st_mode):
                    size += status.st_size
                inodes += 1
    return Usage(size, inodes)
