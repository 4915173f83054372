"""inotify(7), as little as is needed to see a control file change."""

from __future__ import annotations

import os

from hutch.linux import libc

_IN_MODIFY = 0x2


def watch_modified(path: str) -> int:
    """A non-blocking inotify fd that becomes readable when ``path`` is modified. Raises OSError with the path."""
    fd = libc.check(libc.held.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK), "inotify_init1")
    try:
        libc.check(libc.held.inotify_add_watch(fd, os.fsencode(path), _IN_MODIFY), path)
    except BaseException:
        os.close(fd)
        raise
    return fd
