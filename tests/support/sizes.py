"""The files of a folder in which the engine works."""

from __future__ import annotations

import contextlib
from pathlib import Path


def sizes(folder: Path, start: str = "", end: str = "") -> dict[str, int]:
    """The size of each file whose name has this start and end; what is taken away while we look does not count."""
    found: dict[str, int] = {}
    for path in folder.iterdir():
        if path.name.startswith(start) and path.name.endswith(end):
            with contextlib.suppress(FileNotFoundError):
                found[path.name] = path.stat().st_size
    return found
