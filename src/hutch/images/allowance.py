"""How much may come out of little: a bomb and an honest file of zeros differ in nothing but the room they take.

What grows more than a few hundred times when decompressed may take a quarter of what is free on the data root's file
system, and at most 16 GiB: so a large empty database loads, and no image of a few kilobytes fills the disk. What has
not come out of little is bounded by the disk alone, as with Docker.
"""

from __future__ import annotations

import os

from hutch.model.limits import GIB, Limits

_MOST = 16 * GIB
_SHARE = 4


def allowed(folder: str, limits: Limits) -> Limits:
    """``limits`` with ``ratio_from`` as the free room of the file system of ``folder`` allows. Raises OSError."""
    found = os.statvfs(folder)
    return within(found.f_bavail * found.f_frsize, limits)


def within(free: int, limits: Limits) -> Limits:
    """``limits`` for so many free bytes. Pure."""
    return limits._replace(ratio_from=max(limits.ratio_from, min(free // _SHARE, _MOST)))
