"""freezer (v1): stop and continue all processes of a cgroup."""

from __future__ import annotations

import time

from hutch.model.errors import System
from hutch.runtime.cgroups.write import put, read

_TRIES = 400


def freeze(folder: str) -> None:
    """Freeze every process. The kernel may stay in FREEZING when a task is between two states: thaw a moment and try
    again. Raises System when it does not come to rest."""
    for attempt in range(_TRIES):
        put(f"{folder}/freezer.state", "FROZEN")
        if attempt:
            time.sleep(0.00005 * min(attempt, 100))
        if read(f"{folder}/freezer.state").strip() == "FROZEN":
            return
        if attempt % 50 == 49:
            put(f"{folder}/freezer.state", "THAWED")
            time.sleep(0.01)
    put(f"{folder}/freezer.state", "THAWED")
    raise System(f"cannot freeze: {folder}/freezer.state does not become FROZEN")


def thaw(folder: str) -> None:
    """Let the processes go on. Raises OSError with the path."""
    put(f"{folder}/freezer.state", "THAWED")


def is_frozen(folder: str) -> bool:
    """Whether the cgroup is frozen by its own state or a parent's."""
    return read(f"{folder}/freezer.state").strip() != "THAWED"
