"""Detached mounts through which this process looks at layers' files; no mount table shows them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

_MOST = 64
"""Mounts that are open at once."""


class Held:
    """Mounts by their layers' keys. With many open the one that was not asked for the longest is closed."""

    def __init__(self, closed: Callable[[str], None] = lambda _: None) -> None:
        """``closed`` is called with the key of a layer that is let go of, before anybody else is served."""
        self._closed = closed
        self._fds: dict[str, int] = {}
        self._lock = threading.RLock()

    def path(self, key: str, mount: Callable[[], int]) -> str:
        """A path to the root of the layer's mount, which ``mount`` makes if none is held: good until it is dropped."""
        with self._lock:
            fd = self._fds.pop(key, -1)
            if fd < 0:
                while len(self._fds) >= _MOST:
                    self.let_go(next(iter(self._fds)))
                fd = mount()
            self._fds[key] = fd  # the last one that was asked for comes last
            return f"/proc/{os.getpid()}/fd/{fd}/."

    def let_go(self, key: str) -> None:
        """Close the layer's mount, if one is held, and say so."""
        with self._lock:
            self.drop(key)
            self._closed(key)

    def drop(self, key: str) -> None:
        """Close the layer's mount; no error if none is held."""
        with self._lock:
            fd = self._fds.pop(key, -1)
            if fd >= 0:
                os.close(fd)

    def close(self) -> None:
        """Close all."""
        with self._lock:
            for key in list(self._fds):
                self.drop(key)
