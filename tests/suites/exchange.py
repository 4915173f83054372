"""Somebody who exchanges two names while a container starts: the other side of every race about paths."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RENAME_EXCHANGE = 2
STARTS = 25
"""Containers that are started against it."""


@contextmanager
def exchanging(one: Path, two: Path) -> Iterator[None]:
    """Somebody exchanges two names as fast as possible (renameat2(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            libc.renameat2(-100, os.fsencode(one), -100, os.fsencode(two), RENAME_EXCHANGE)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
