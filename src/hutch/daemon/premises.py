"""The daemon's folders, lock and pid file: made with the right owner and mode, or not used at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import stat

from hutch.model.errors import Conflict, Forbidden

DATA_MODE = 0o710  # containers' own folders lie below, each with its own mode
EXEC_MODE = 0o700
MAX_CONNECTIONS = 4096


def folder(path: str, mode: int) -> None:
    """Make the folder ``path`` (parents too), or see that it is one that nobody else can change.

    Raises Forbidden if another user owns it or may write to it; narrows its mode otherwise.
    """
    os.makedirs(os.path.dirname(path) or "/", 0o755, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, mode)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid():
            raise Forbidden(f"{path} belongs to the user {status.st_uid}", hint="chown it, or name another folder")
        if stat.S_IMODE(status.st_mode) != mode:
            os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def raise_open_files() -> int:
    """Let this process open as many files as it may at most (getrlimit(2)), as Go's programs do; the limit before."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return before


def most_connections() -> int:
    """Clients at a time: a third of the files that may be open, for work and containers need the rest."""
    return max(16, min(MAX_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 3))


def lock(data_root: str) -> int:
    """Take the data root for this process; the lock ends with the descriptor. Conflict if another daemon has it."""
    path = os.path.join(data_root, "hutchd.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Conflict(
            f"another daemon uses the data root {data_root}", hint="end it, or name another folder with --data-root"
        ) from None
    return descriptor


def write_pid(path: str) -> None:
    """Write our pid. Raises Conflict with dockerd's words if the process named there is alive."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        with open(path, "rb") as file:
            other = int(file.read(32))
        if other != os.getpid() and os.path.isdir(f"/proc/{other}") and _is_a_daemon(other):
            raise Conflict(
                f"failed to start daemon, ensure docker is not running or delete {path}: process with PID {other} "
                "is still running"
            )
    os.makedirs(os.path.dirname(path) or "/", 0o755, exist_ok=True)
    temporary = f"{path}.{os.getpid()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    with open(descriptor, "wb") as file:
        file.write(b"%d" % os.getpid())
    os.rename(temporary, path)


def remove_pid(path: str) -> None:
    """Remove the pid file if it is ours."""
    with contextlib.suppress(OSError, ValueError), open(path, "rb") as file:
        if int(file.read(32)) == os.getpid():
            os.unlink(path)


def _is_a_daemon(pid: int) -> bool:
    """Whether a process could be a daemon of ours: after a reboot its pid may be anybody's."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"hutchd" in file.read(4096) or pid == os.getppid()
    except OSError:
        return False
