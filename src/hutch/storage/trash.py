"""Deleting large trees without making anybody wait: rename into a folder on the same file system, delete later.

The rename is atomic, so a layer is there or gone; a crash leaves at most something in the trash, which the next
process empties. Trees may be hostile (10,000 folders deep, names that are no text): deletion works on directory
descriptors, follows no link, and brings folders that lie deep up to the trash's top instead of recursing.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable

from hutch.linux.files import ensure_folder
from hutch.model.errors import SHORTAGES

_AGAIN = 0.5  # seconds after which is tried again what the kernel was short of something for
_DEPTH = 40  # folders open at once while deleting
_LIFTED = b"deep-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Trash:
    """A trash folder and the thread that empties it."""

    def __init__(self, folder: str, first: Callable[[str], None] = lambda _: None) -> None:
        """Use (and make) ``folder``, which must be on the same file system as what is thrown in. Starts emptying what
        a former process left.

        ``first`` is called with the path of everything that was thrown in, before it is deleted file by file: for what
        goes faster as a whole. If it raises OSError, the thing stays (see ``failed``).
        """
        self.folder = folder
        self._first = first
        ensure_folder(folder, 0o700)
        self._fd = os.open(folder, _FOLDER)
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.failed: dict[bytes, OSError] = {}
        """What could not be deleted, and why; it stays in the folder and is tried again by the next process."""
        for name in os.listdir(os.fsencode(folder)):
            self._later(name)

    def throw(self, path: str) -> bool:
        """Move ``path`` here and delete it in the background; whether it was there. Raises OSError."""
        name = os.urandom(12).hex().encode()
        try:
            os.rename(path, name, dst_dir_fd=self._fd)
        except FileNotFoundError:
            return False
        self._later(name)
        return True

    def _later(self, name: bytes) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._empty, name="trash", daemon=True)
                self._thread.start()
            self._queue.put(name)

    def _empty(self) -> None:
        again: dict[bytes, OSError] = {}
        while (name := self._next(again)) is not None:
            again.pop(name, None)
            try:
                if not name.startswith(_LIFTED):  # what a container made is never taken for a layer's folder
                    self._first(os.path.join(self.folder, os.fsdecode(name)))
                self._delete(self._fd, name, 0)
            except OSError as error:
                (again if error.errno in SHORTAGES else self.failed)[name] = error
        self.failed |= again

    def _next(self, again: dict[bytes, OSError]) -> bytes | None:
        """What is to be deleted now, if need be once more; None at the end."""
        try:
            return self._queue.get(timeout=_AGAIN if again else None)
        except queue.Empty:
            return next(iter(again))

    def _delete(self, parent: int, name: bytes, depth: int) -> None:
        try:
            os.unlink(name, dir_fd=parent)
            return
        except FileNotFoundError:
            return
        except (IsADirectoryError, PermissionError):  # EISDIR here, EPERM as POSIX has it
            pass
        if depth >= _DEPTH:
            lifted = _LIFTED + os.urandom(12).hex().encode()
            os.rename(name, lifted, src_dir_fd=parent, dst_dir_fd=self._fd)
            self._queue.put(lifted)
            return
        fd = os.open(name, _FOLDER, dir_fd=parent)
        try:
            for child in os.listdir(fd):
                self._delete(fd, os.fsencode(child), depth + 1)
        finally:
            os.close(fd)
        os.rmdir(name, dir_fd=parent)

    def close(self) -> None:
        """Wait until all is deleted that can be; then nothing more may be thrown in."""
        while True:
            with self._lock:
                thread, self._thread = self._thread, None
                if thread is not None:
                    self._queue.put(None)
            if thread is None:
                break
            thread.join()
            if not self._queue.empty():  # folders lifted from the deep while the end was already queued
                self._rest()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _rest(self) -> None:
        with self._lock:
            self._thread = threading.Thread(target=self._empty, name="trash", daemon=True)
            self._thread.start()
