"""The file that ``-o`` names: there completely or not at all."""

from __future__ import annotations

import os
import stat
import sys

from hutch.cli.errors import CommandError
from hutch.cli.frames import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KINDS = (
    (stat.S_ISDIR, "directory"), (stat.S_ISCHR, "character device file"), (stat.S_ISBLK, "block device file"),
    (stat.S_ISFIFO, "named pipe (FIFO)"), (stat.S_ISSOCK, "socket"),
)  # fmt: skip


def write(path: str, ask: Callable[[], Iterable[bytes]], failed: str) -> None:
    """Write the pieces that ``ask()`` gives to the file ``path``, or to standard output without one.

    ``failed`` introduces the message when that cannot be. Nothing is asked for then. Raises CommandError.
    """
    if not path:
        if os.isatty(1):
            raise CommandError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
        sys.stdout.flush()
        for piece in ask():
            write_all(1, piece)
        return
    if problem := check(path):
        raise CommandError(f"{failed}: {problem}")
    pieces = ask()
    part = f"{path}.part-{os.getpid()}"
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CommandError(f"{failed}: open {part}: {(error.strerror or '').lower()}") from None
    try:
        for piece in pieces:
            write_all(fd, piece)
        os.rename(part, path)
    except BaseException:
        os.unlink(part)
        raise
    finally:
        os.close(fd)


def check(path: str) -> str:
    """Why nothing can be written to ``path``; "" if it can."""
    folder = os.path.dirname(path)
    if folder:
        try:
            os.stat(folder)
        except OSError as error:
            return f"invalid output path: stat {folder}: {(error.strerror or '').lower()}"
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return ""
    return next((f"cannot write to a {what}" for is_kind, what in _KINDS if is_kind(mode)), "")
