"""What the daemon does with loaded layers when it has nothing else to do."""

from __future__ import annotations

from pathlib import Path


def packed(data: Path) -> bool:
    """Whether every layer below the data root is kept compressed, and none is being worked on."""
    try:
        plain = [path for path in (data / "blobs/sha256").iterdir() if path.read_bytes()[:2] != b"\x1f\x8b"]
        return not plain and not any((data / "blobs/ingest").iterdir())
    except FileNotFoundError:  # it was taken away just now
        return False
