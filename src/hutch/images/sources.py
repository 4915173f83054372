"""Where the bytes of a layer's tar come from when it is registered: a complete file here, a download elsewhere."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Protocol

from hutch.images import compression
from hutch.linux.files import remove_if_there


class Source(Protocol):
    """The (compressed) tar, read once from its beginning to its end."""

    count: int
    """Bytes that were read."""

    @property
    def kind(self) -> str:
        """Its compression (``compression.detect``)."""

    def read(self, count: int) -> bytes:
        """At most ``count`` of the next bytes; empty at the end, and then all that was read is what it should be."""

    def digest(self) -> str:
        """Of all of it, as it came; reads what is left."""

    def take(self, target: str) -> str:
        """A file with all of it for the caller, which may be made at ``target``."""

    def stop(self) -> None:
        """Let a read that waits in another thread end."""

    def close(self) -> None:
        """Let go of it, and of the file that was taken if it still has its name."""


class File:
    """A complete file, which is consumed."""

    def __init__(self, path: str, seen: Callable[[int], None]) -> None:
        """``seen`` is told how much was read."""
        self._path = path
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            remove_if_there(path)
            raise
        self._hash = hashlib.sha256()
        self._seen = seen
        self.count = 0
        self.kind = compression.detect(os.pread(self._fd, 8, 0))

    def read(self, count: int) -> bytes:
        """See Source."""
        data = os.read(self._fd, count)
        if self.kind in (compression.GZIP, compression.ZSTD):
            self._hash.update(data)
        self.count += len(data)
        self._seen(self.count)
        return data

    def digest(self) -> str:
        """See Source."""
        while self.read(1 << 20):
            pass
        return "sha256:" + self._hash.hexdigest()

    def take(self, target: str) -> str:  # noqa: ARG002 - it has a name already
        """See Source."""
        return self._path

    def stop(self) -> None:
        """See Source; nothing waits here."""

    def close(self) -> None:
        """See Source."""
        os.close(self._fd)
        remove_if_there(self._path)
