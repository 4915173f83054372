"""inotify(7), as little as is needed to see a control file or a folder change."""

from __future__ import annotations

import os

from hutch.linux import libc

_IN_MODIFY = 0x2
_IN_MOVED_TO = 0x80
_IN_CREATE = 0x100


def watch_modified(path: str) -> int:
    """A non-blocking inotify fd that becomes readable when ``path`` is modified. Raises OSError with the path."""
    return _watch(path, _IN_MODIFY)


def watch_folder(path: str) -> int:
    """A non-blocking inotify fd that becomes readable when a file in ``path`` is made, moved or written.

    Raises OSError with the path.
    """
    return _watch(path, _IN_MODIFY | _IN_CREATE | _IN_MOVED_TO)


def drain(fd: int) -> None:
    """Read and forget all pending events."""
    try:
        while os.read(fd, 65536):
            pass
    except BlockingIOError:
        return


def _watch(path: str, mask: int) -> int:
    fd = libc.check(libc.held.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK), "inotify_init1")
    try:
        libc.check(libc.held.inotify_add_watch(fd, os.fsencode(path), mask), path)
    except BaseException:
        os.close(fd)
        raise
    return fd
