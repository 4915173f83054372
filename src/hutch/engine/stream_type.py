"""The content type of a connection that left HTTP (Engine API, attach and exec start)."""

from __future__ import annotations

RAW = "application/vnd.docker.raw-stream"
MULTIPLEXED = "application/vnd.docker.multiplexed-stream"


def content_type(tty: bool, old: bool) -> str:
    """Raw for a terminal and for clients before API 1.42, which do not know the other one."""
    return RAW if tty or old else MULTIPLEXED
