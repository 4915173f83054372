"""What the keeper leaves on disk for a daemon that was not there: ``keeper.json`` and ``exit.json`` (docs/map.md)."""

from __future__ import annotations

import os

from hutch.linux import process
from hutch.linux.files import write_atomic
from hutch.model import json_text


def write(path: str, value: dict[str, object], *, durable: bool) -> None:
    """Put ``value`` at ``path`` as JSON, whole or not at all. Raises OSError."""
    write_atomic(path, json_text.encode(value).encode("utf-8", "surrogateescape"), durable=durable)


def write_running(path: str, container: str, keeper: int, init: int, cgroup: str) -> None:
    """Put ``keeper.json`` at ``path``: which processes the container has, and its cgroup. Raises OSError.

    Not durable: after a crash of the machine there is nothing to find by it.
    """
    value: dict[str, object] = {
        "id": container,
        "keeper": {"pid": keeper, "start_time": start_time(keeper)},
        "init": {"pid": init, "start_time": start_time(init)},
        "cgroup": cgroup,
    }
    write(path, value, durable=False)


def start_time(pid: int) -> int:
    """When ``pid`` was started, in clock ticks since boot: with it, a pid names one process for ever; 0 if gone."""
    try:
        return process.start_time(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def outcome(status: int) -> tuple[int, int]:
    """(exit code as Docker counts, signal or 0) of a wait status: 128 + n for a process that died of signal n."""
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status), os.WTERMSIG(status)
    return os.WEXITSTATUS(status), 0
