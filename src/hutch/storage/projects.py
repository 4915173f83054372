"""Limits on layers by project quota: each limited folder is a project of its own.

The id is drawn at random and taken if nobody uses it, so that several data roots on one file system stay out of each
other's way. It is kept by the folder itself, so that there is nothing to recover after a restart.
"""

from __future__ import annotations

import errno
import os

from hutch.linux import quota

_FIRST, _LAST = 1 << 20, (1 << 31) - 1
"""Ids that no administrator would write into /etc/projid by hand."""
_NO_PROJECTS = frozenset((errno.ENOENT, errno.ENOTTY, errno.EOPNOTSUPP, errno.ENOSYS))


def confine(folder: str, size: int) -> None:
    """Let all that will be in the empty ``folder`` take ``size`` bytes together. Raises OSError.

    The folder has the id before the id has a limit: whenever this is cut short, :func:`free` finds it.
    """
    number = _draw(folder)
    quota.set_project(folder, number)
    quota.limit(folder, number, size)


def free(folder: str) -> None:
    """Take the limit of ``folder`` away; its files may still be there. No error if it has none or is gone, nor on a
    file system without quotas.

    Raises OSError.
    """
    try:
        number = quota.project(folder)
    except OSError as error:
        if error.errno in _NO_PROJECTS:
            return
        raise
    if number >= _FIRST and quota.enforced(folder):
        quota.limit(folder, number, 0)


def _draw(folder: str) -> int:
    while True:
        number = _FIRST + int.from_bytes(os.urandom(4), "little") % (_LAST - _FIRST)
        if quota.usage(folder, number) == (0, 0):
            return number
