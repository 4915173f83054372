"""Trying a file system out: small folders that are gone afterwards."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

T = TypeVar("T")
_PARTS = ("lower", "upper", "work")


def layers(data_root: str, undo: ExitStack) -> tuple[str, tuple[str, ...]]:
    """A folder with ``lower``, ``upper`` and ``work`` on ``data_root``, removed by ``undo``; and the mount options that
    lay one over the other. Raises OSError."""
    base = os.path.join(data_root, f".probe-{os.getpid()}-{os.urandom(4).hex()}")
    undo.callback(_remove, base)
    for part in _PARTS:
        os.makedirs(os.path.join(base, part), 0o700)
    return base, tuple(f"{part}dir={os.path.join(base, part)}" for part in _PARTS)


def entry_types(folder: str) -> bool:
    """Whether reading a folder tells what kind of file each name is (``d_type`` of readdir(3)), without which an
    overlay shows its marks of removed files. ``folder`` is left as it was. Raises OSError."""
    path = os.path.join(folder, f"kind-{os.urandom(4).hex()}")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if entry.path == path]
    finally:
        os.unlink(path)
    # The file is gone: only an entry that came with its kind can still tell it, others would look now.
    return bool(found) and found[0].is_file(follow_symlinks=False)


def whiteouts(folder: str) -> bool:
    """Whether an overlay's mark of a removed file can be made in ``folder``, which is left as it was: an overlay below
    refuses them."""
    path = os.path.join(folder, f"mark-{os.urandom(4).hex()}")
    try:
        os.mknod(path, stat.S_IFCHR, 0)
    except OSError:
        return False
    os.unlink(path)
    return True


def tried(probe: Callable[[str], T], data_root: str, home: str, otherwise: T) -> T:
    """What ``probe`` finds out about ``data_root``; ``otherwise`` on a full disk, where nothing can be tried, if the
    driver's ``home`` has layers, so that it has worked here. Raises OSError."""
    try:
        return probe(data_root)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not os.path.isdir(os.path.join(home, "l")):
            raise
        return otherwise


def _remove(base: str) -> None:
    if not os.path.lexists(base):  # there was no room for it
        return
    for folder, folders, names in os.walk(base, topdown=False):
        for name in names:
            os.unlink(os.path.join(folder, name))
        for name in folders:
            path = os.path.join(folder, name)
            (os.unlink if os.path.islink(path) else os.rmdir)(path)
    os.rmdir(base)
