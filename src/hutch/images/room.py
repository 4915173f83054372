"""How many downloads, or uploads, there may be at a time in the whole daemon."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Room:
    """How many may work at a time; the number can be changed while they do."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._changed = threading.Condition()

    def resize(self, size: int) -> None:
        """Another number; those that work already go on."""
        with self._changed:
            self._size = size
            self._changed.notify_all()

    def enter(self, timeout: float) -> bool:
        """Take a place; False if there is none within ``timeout`` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._taken < self._size, timeout):
                return False
            self._taken += 1
            return True

    def leave(self) -> None:
        """Give the place back."""
        with self._changed:
            self._taken -= 1
            self._changed.notify()

    @contextmanager
    def place(self, check: Callable[[], None]) -> Iterator[None]:
        """Wait for a place and keep it; ``check`` is called meanwhile and may raise."""
        while not self.enter(0.2):
            check()
        try:
            yield
        finally:
            self.leave()
