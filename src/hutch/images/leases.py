"""Leases: what running work needs of the store, though nothing refers to it yet.

A load or pull leases the layers it makes or builds upon by their chain ids, which it knows beforehand; an import or
commit, which knows none before it has read everything, leases the whole store. Leases live in this process alone: work
that a crash cut short has no claim, and what it left is garbage.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager


class Leases:
    """The leases of one store."""

    def __init__(self, lock: threading.RLock, last: Callable[[], None]) -> None:
        """``lock`` is held while a collection looks at what is leased; ``last`` is called, without it, when the last
        lease ends and a collection had to leave something because of one."""
        self._lock, self._last = lock, last
        self._chains: Counter[str] = Counter()
        self._whole = 0
        self.deferred = False
        """A collection left something behind."""

    @property
    def whole(self) -> bool:
        """Whether somebody needs everything."""
        return self._whole > 0

    @property
    def any(self) -> bool:
        """Whether there is any lease: blobs may be there whose layers have no row yet."""
        return self._whole > 0 or bool(self._chains)

    def chains(self) -> set[str]:
        """The chain ids that are leased."""
        return set(self._chains)

    @contextmanager
    def layers(self, chains: Sequence[str]) -> Iterator[None]:
        """Lease these layers, there or not."""
        with self._lock:
            self._chains.update(chains)
        try:
            yield
        finally:
            with self._lock:
                self._chains.subtract(chains)
                self._chains = +self._chains
            self._ended()

    @contextmanager
    def everything(self) -> Iterator[None]:
        """Lease all layers and blobs."""
        with self._lock:
            self._whole += 1
        try:
            yield
        finally:
            with self._lock:
                self._whole -= 1
            self._ended()

    def _ended(self) -> None:
        with self._lock:
            due = self.deferred and not self.any
        if due:
            self._last()
