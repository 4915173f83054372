"""Room on the disk that is kept for giving room back: a file that holds nothing, beside each database.

Removing a container or an image has to be recorded before anything is freed, and on a full disk even that could not be
written. So every database holds some blocks from the start, gives them to the file system when a transaction that
frees something (or only tells how things are) finds the disk full, and takes them again when there is room.
"""

from __future__ import annotations

import os
from contextlib import suppress

SIZE = 256 << 10
"""Bytes: several times what the journal and its index grow by with the largest removal."""
LEAST = 6 * SIZE
"""Bytes that must be free for what frees nothing: more than what the databases' reserves give together."""
PLENTY = 16 * SIZE
"""Bytes free on the disk from which on the reserve is taken back."""


def free(path: str) -> int:
    """Bytes that can still be written to the file system of ``path``. Raises OSError."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


class Reserve:
    """The reserve at ``path``, taken as soon as the disk has plenty."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._folder = os.path.dirname(path) or "."
        with suppress(OSError):  # an older, spent one, or none: it is taken when there is room
            self.held = os.stat(path).st_blocks * 512 >= SIZE
            return
        self.held = False

    def short(self) -> bool:
        """Whether what little room there is must be left to what frees some. Raises OSError."""
        return free(self._folder) < LEAST

    def give(self) -> bool:
        """Give it to the file system if that has less room than the reserve is large; whether that is so.

        Raises OSError.
        """
        if free(self._folder) >= SIZE:
            return False
        if self.held:
            os.truncate(self.path, 0)
            self.held = False
        return True

    def take(self) -> None:
        """Take it if it is spent and the disk has plenty; else it stays spent."""
        if self.held:
            return
        with suppress(OSError):
            if free(self._folder) < PLENTY:
                return
            fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                os.posix_fallocate(fd, 0, SIZE)
                self.held = True
            finally:
                os.close(fd)
