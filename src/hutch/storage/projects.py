"""Limits on layers by project quota: each limited folder is a project of its own.

The id is drawn at random and taken if nobody uses it, so that several data roots on one file system stay out of each
other's way. It is kept by the folder itself, so that there is nothing to recover after a restart.
"""

from __future__ import annotations

import os

from hutch.linux import quota

_FIRST, _LAST = 1 << 20, (1 << 31) - 1
"""Ids that no administrator would write into /etc/projid by hand."""


def confine(folder: str, size: int) -> None:
    """Let all that will be in the empty ``folder`` take ``size`` bytes together. Raises OSError."""
    number = _draw(folder)
    quota.limit(folder, number, size)
    quota.set_project(folder, number)


def free(folder: str) -> None:
    """Take the limit of ``folder`` away; its files may still be there. No error if it has none or is gone.

    Raises OSError.
    """
    try:
        number = quota.project(folder)
    except FileNotFoundError:
        return
    if number >= _FIRST:
        quota.limit(folder, number, 0)


def _draw(folder: str) -> int:
    while True:
        number = _FIRST + int.from_bytes(os.urandom(4), "little") % (_LAST - _FIRST)
        if quota.usage(folder, number) == (0, 0):
            return number
