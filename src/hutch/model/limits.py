"""How much an archive may ask for before it is refused: sizes, counts, depths, ratios.

Every number bounds something that a few bytes of input could otherwise make huge. They are far above what real
images have; the daemon may be configured with others.
"""

from __future__ import annotations

from typing import NamedTuple

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class Limits(NamedTuple):
    """Bounds of one archive; sizes in bytes."""

    size: int = 256 * GIB
    """Uncompressed archive, and the apparent size of any (sparse) file in it."""

    ratio: int = 300
    """Uncompressed to compressed, looked at once ``ratio_from`` bytes came out; an image may bring more of them where
    the disk has room (``images/allowance.py``)."""

    ratio_from: int = 512 * MIB
    entries: int = 4_000_000
    depth: int = 512
    """Folders above an entry."""

    path: int = 4095
    """Bytes of a name or a link target (PATH_MAX without its null byte)."""

    header: int = MIB
    """Bytes of one extended header, and of all extended headers that describe one entry."""

    sparse: int = 100_000
    """Data regions of a sparse file."""

    document: int = 8 * MIB
    """A JSON document: manifest, index, image config."""


DEFAULT = Limits()
