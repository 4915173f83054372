"""Files that are there completely or not at all, also after a power cut.

The order is always: write a temporary file in the same folder, fsync it, rename it over the name, fsync the folder.
Without the last step the rename itself may be lost (rename(2), fsync(2)).
"""

from __future__ import annotations

import errno
import os

from hutch.linux import libc


def write_atomic(path: str, data: bytes, mode: int = 0o600, *, durable: bool = True) -> None:
    """Replace ``path`` by a file with ``data`` and exactly ``mode``; readers see the old or the new content.

    Without ``durable`` nothing is synced: for folders that do not outlive a boot. Raises OSError; the old file and no
    temporary one is left then.
    """
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}.tmp"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        try:
            os.fchmod(fd, mode)
            write_all(fd, data)
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(temporary, path)
    except BaseException:
        remove_if_there(temporary)
        raise
    if durable:
        sync_folder(os.path.dirname(path) or ".")


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write all of ``data``; a short write is continued. Raises OSError, which names the file if ``fd`` is one."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except OSError as error:
        name = os.readlink(f"/proc/self/fd/{fd}")
        error.filename = name if name.startswith("/") else None
        raise


def read_bounded(path: str, limit: int) -> bytes:
    """The content of the regular file ``path``, which may have at most ``limit`` bytes. Raises OSError (EFBIG)."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        chunks = []
        left = limit + 1
        at_once = max(1 << 12, min(os.fstat(fd).st_size + 1, 1 << 20))  # no larger buffer than the file needs
        while left and (chunk := os.read(fd, min(left, at_once))):
            chunks.append(chunk)
            left -= len(chunk)
    finally:
        os.close(fd)
    if not left:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", path)
    return b"".join(chunks)


def sync_folder(path: str) -> None:
    """Make the names in the folder durable (fsync(2) on the folder)."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_tree(path: str) -> None:
    """Make everything durable on the file system that holds ``path``: one ``syncfs(2)`` instead of an fsync a file."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        libc.check(libc.blocking.syncfs(fd), path)
    finally:
        os.close(fd)


def remove_if_there(path: str) -> bool:
    """Unlink ``path``; whether it was there. Raises OSError for other reasons than that it is gone already."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def ensure_folder(path: str, mode: int = 0o700) -> None:
    """Make the folder ``path`` (its parents, too, with the same mode) and give it exactly ``mode``."""
    os.makedirs(path, mode, exist_ok=True)
    if os.stat(path).st_mode & 0o7777 != mode:
        os.chmod(path, mode)
