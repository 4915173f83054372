"""Blobs by digest: ``blobs/sha256/<hex>``, written once, never changed.

A blob gets its name only when it is complete and its digest was computed from the bytes on disk's way. What is being
written lies in ``blobs/ingest`` and does not outlive the process, except for parts of downloads, which are resumed:
they are kept for a week.
"""

from __future__ import annotations

import os
import shutil
import stat
import time

from hutch.linux import files
from hutch.model import digest
from hutch.model.errors import NotFound

_PART = ".part"
_KEPT = 7 * 86400  # seconds


class Blobs:
    """The content store below ``<data_root>/blobs``."""

    def __init__(self, data_root: str) -> None:
        """Use the folder, making it and emptying ``ingest`` of what cannot be resumed."""
        self._home = os.path.join(data_root, "blobs")
        self.ingest = os.path.join(self._home, "ingest")
        files.ensure_folder(self._home, 0o700)
        files.ensure_folder(os.path.join(self._home, "sha256"), 0o700)
        files.ensure_folder(self.ingest, 0o700)
        self._clear()

    def path(self, name: str) -> str:
        """The file of the blob ``name``, there or not. Raises Invalid if it is no digest."""
        algorithm, _, digits = digest.check(name).partition(":")
        return os.path.join(self._home, algorithm, digits)

    def open(self, name: str) -> int:
        """A descriptor to read the blob from. Raises NotFound."""
        try:
            return os.open(self.path(name), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise NotFound(f"blob {name} is missing", hint="remove the image and load it again") from None

    def has(self, name: str) -> bool:
        """Whether the blob is there."""
        return os.path.exists(self.path(name))

    def new_file(self) -> str:
        """A name in ``ingest`` that nobody has."""
        return os.path.join(self.ingest, os.urandom(12).hex())

    def part(self, name: str) -> str:
        """The file in ``ingest`` into which the blob ``name`` is downloaded. Raises Invalid if it is no digest."""
        return os.path.join(self.ingest, digest.check(name).replace(":", "-") + _PART)

    def _clear(self) -> None:
        oldest = time.time() - _KEPT
        for name in os.listdir(self.ingest):
            path = os.path.join(self.ingest, name)
            named = name.endswith(_PART) and digest.is_digest(_digest_of(name))
            status = os.lstat(path)
            if stat.S_ISDIR(status.st_mode):  # what a bootstrap was building
                shutil.rmtree(path, ignore_errors=True)
            elif not named or status.st_mtime < oldest or self.has(_digest_of(name)):
                os.unlink(path)

    def adopt(self, path: str, name: str) -> None:
        """Make the complete file ``path``, on the same file system, the blob ``name``. The caller has computed the
        digest, and syncs the file system before it records the blob."""
        os.chmod(path, 0o600)
        os.rename(path, self.path(name))

    def sync(self) -> None:
        """Make the names of adopted blobs durable."""
        files.sync_folder(os.path.join(self._home, "sha256"))

    def remove(self, name: str) -> None:
        """Remove the blob; nothing happens if it is gone."""
        files.remove_if_there(self.path(name))

    def all(self) -> list[str]:
        """The digests of all blobs."""
        return [
            "sha256:" + n for n in os.listdir(os.path.join(self._home, "sha256")) if digest.is_digest("sha256:" + n)
        ]

    def strays(self) -> list[str]:
        """Paths among the blobs that are none."""
        folder = os.path.join(self._home, "sha256")
        return [os.path.join(folder, n) for n in sorted(os.listdir(folder)) if not digest.is_digest("sha256:" + n)]


def _digest_of(name: str) -> str:
    """The digest whose download the file ``name`` is, if it is one."""
    return name.removesuffix(_PART).replace("-", ":", 1)
