"""What the keeper leaves on disk for a daemon that was not there: ``keeper.json`` and ``exit.json`` (docs/map.md)."""

from __future__ import annotations

import json
import os


def write(path: str, value: dict[str, object]) -> None:
    """Put ``value`` at ``path`` as JSON, whole or not at all: temporary file, fsync, rename, fsync of the folder.

    Raises OSError.
    """
    temporary = f"{path}.tmp"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(fd, json.dumps(value, separators=(",", ":")).encode())
        os.fsync(fd)
    finally:
        os.close(fd)
    os.rename(temporary, path)
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def start_time(pid: int) -> int:
    """When ``pid`` was started (proc(5), ``stat``, field 22): with it, a pid names one process for ever; 0 if gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def outcome(status: int) -> tuple[int, int]:
    """(exit code as Docker counts, signal or 0) of a wait status: 128 + n for a process that died of signal n."""
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status), os.WTERMSIG(status)
    return os.WEXITSTATUS(status), 0
