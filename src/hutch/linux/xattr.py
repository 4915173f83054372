"""Extended attributes by directory descriptor and name, never following a link at the end (xattr(7)).

The ``...at`` system calls for attributes are younger than the kernels we run on (6.13), so the descriptor is named
through ``/proc/self/fd``: only for processes that see the host's /proc.
"""

from __future__ import annotations

import errno
import os


def _at(dir_fd: int, name: bytes) -> bytes:
    return b"/proc/self/fd/%d/%s" % (dir_fd, name)


def set_at(dir_fd: int, name: bytes, attribute: str, value: bytes) -> None:
    """Set ``attribute`` of ``name`` in the directory ``dir_fd``. Raises OSError."""
    os.setxattr(_at(dir_fd, name), attribute, value, follow_symlinks=False)


def get_at(dir_fd: int, name: bytes, attribute: str) -> bytes | None:
    """The value of ``attribute`` of ``name`` in ``dir_fd``; None if it has none or the file system knows none."""
    try:
        return os.getxattr(_at(dir_fd, name), attribute, follow_symlinks=False)
    except OSError as error:
        if error.errno in (errno.ENODATA, errno.ENOTSUP):
            return None
        raise


def list_at(dir_fd: int, name: bytes) -> list[str]:
    """The names of the attributes of ``name`` in ``dir_fd``, sorted; none where the file system knows none."""
    try:
        return sorted(os.listxattr(_at(dir_fd, name), follow_symlinks=False))
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return []
        raise


def remove_at(dir_fd: int, name: bytes, attribute: str) -> None:
    """Remove ``attribute`` of ``name`` in ``dir_fd``; nothing happens if it has none. Raises OSError."""
    try:
        os.removexattr(_at(dir_fd, name), attribute, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.ENODATA, errno.ENOTSUP):
            raise
