"""A tar archive that a flag or argument names, as pieces to upload."""

from __future__ import annotations

import os
from contextlib import contextmanager

from hutch.cli.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = 1 << 18


@contextmanager
def archive(path: str) -> Iterator[Iterator[bytes]]:
    """The pieces of a file, or of standard input for ``-``; raises :class:`CommandError` if it cannot be opened."""
    if path == "-":
        yield _pieces(0)
        return
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise CommandError(f"open {path}: {(error.strerror or '').lower()}") from None
    try:
        yield _pieces(fd)
    finally:
        os.close(fd)


def _pieces(fd: int) -> Iterator[bytes]:
    while piece := os.read(fd, _PIECE):
        yield piece
