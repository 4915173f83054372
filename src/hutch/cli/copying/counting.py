"""How much was copied, for people who watch: nothing is shown where there is no terminal."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_EVERY = 0.1  # seconds between two numbers; a copy that is faster shows none


class Count:
    """Counts the bytes of an archive that passes."""

    def __init__(self, title: str, *, quiet: bool) -> None:
        self._title = title
        self._shown = False
        self.on = not quiet and sys.stderr.isatty()
        self.size = 0

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces."""
        following = time.monotonic() + _EVERY
        for piece in pieces:
            self.size += len(piece)
            yield piece
            if self.on and time.monotonic() >= following:
                following = time.monotonic() + _EVERY
                self._shown = True
                sys.stderr.write(f"\r\x1b[K{self._title} - {human(self.size)}")
                sys.stderr.flush()

    def clear(self) -> None:
        """Take the number away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown = False

    def done(self, where: str) -> None:
        """Say what was copied."""
        self.clear()
        if self.on:
            sys.stderr.write(f"Successfully copied {human(self.size)} to {where}\n")


def human(size: int) -> str:
    """``2.05kB``."""
    from hutch.model.size import human_size

    return human_size(size, 3)
