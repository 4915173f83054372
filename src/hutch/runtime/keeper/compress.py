"""Old log files become ``x.N.gz`` in a process of the lowest priority, which knows nobody and is waited for by nobody.

It lives on when the container has ended and its keeper too, and does one file after the other until none is left. So
that no number changes under its hands, whoever renames files of a log holds a lock on their folder (flock(2));
and that only one compresses, is a lock on the unfinished file.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager

from hutch.linux import libc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

_CLOSE_RANGE = 436
_PIECE = 256 * 1024
_MODE = 0o640
_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW


def unfinished(path: str) -> str:
    """What is written before it becomes ``path.N.gz``."""
    return f"{path}.gz.tmp"


@contextmanager
def numbers_of(path: str) -> Iterator[bool]:
    """Hold the right to rename files of the log ``path``; tells whether their folder is there (still).

    Whoever removes the folder waits for it too. Raises OSError.
    """
    fd = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        try:
            yield os.fstat(fd).st_nlink > 0
        finally:
            fcntl.flock(fd, fcntl.LOCK_UN)  # a child forked meanwhile has the same open file
    finally:
        os.close(fd)


def start(path: str, max_file: int) -> None:
    """See to it that the old files of the log ``path`` are compressed; the caller is in :func:`numbers_of`.

    Forks unless somebody is at it; whoever is looks for more files before it ends. Raises OSError.
    """
    if not any(os.path.exists(f"{path}.{number}") for number in range(1, max_file)):
        return
    fd = _claim(path)
    if fd < 0:
        return
    os.close(fd)
    if not os.fork():
        _become(path, max_file)


def _become(path: str, max_file: int) -> NoReturn:
    """The whole process. It keeps nothing open: no client's connection, and not the container's stdin."""
    try:
        os.nice(19)
        libc.syscall(_CLOSE_RANGE, 3, 0x7FFFFFFF, 0, what="close_range")
        work(path, max_file)
        os._exit(0)
    except BaseException:
        os._exit(1)


def _claim(path: str) -> int:
    """The unfinished file, locked; -1 when somebody else has it."""
    fd = os.open(unfinished(path), os.O_WRONLY | os.O_CREAT | _FLAGS, _MODE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return -1
    return fd


def work(path: str, max_file: int) -> None:
    """Compress every old file of the log ``path``, oldest first. Raises OSError."""
    while True:
        with numbers_of(path) as there:
            source = _oldest(path, max_file) if there else -1
            target = _claim(path) if source >= 0 else -1
            if target < 0:
                if source >= 0:
                    os.close(source)
                elif there:
                    _forget(path)
                return
        try:
            os.ftruncate(target, 0)
            _pack(source, target)
            with numbers_of(path) as there:
                if there:
                    _put(path, max_file, source)
        finally:
            os.close(source)
            os.close(target)


def _oldest(path: str, max_file: int) -> int:
    for number in range(max_file - 1, 0, -1):
        try:
            return os.open(f"{path}.{number}", os.O_RDONLY | _FLAGS)
        except FileNotFoundError:
            continue
    return -1


def _forget(path: str) -> None:
    """Nothing is left to do: no unfinished file either, unless it is another one's work."""
    fd = _claim(path)
    if fd >= 0:
        os.unlink(unfinished(path))
        os.close(fd)


def _put(path: str, max_file: int, source: int) -> None:
    """The unfinished file takes the place that ``source`` has by now; it may have fallen off the end meanwhile."""
    wanted = os.fstat(source)
    for number in range(1, max_file):
        plain = f"{path}.{number}"
        try:
            status = os.lstat(plain)
        except FileNotFoundError:
            continue
        if (status.st_dev, status.st_ino) == (wanted.st_dev, wanted.st_ino):
            os.rename(unfinished(path), f"{plain}.gz")
            os.unlink(plain)
            return
    os.unlink(unfinished(path))


def _pack(source: int, target: int) -> None:
    import zlib

    packer = zlib.compressobj(1, zlib.DEFLATED, 31)  # 31: gzip header, largest window
    while piece := os.read(source, _PIECE):
        _write_all(target, packer.compress(piece))
    _write_all(target, packer.flush())


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while len(view):
        view = view[os.write(fd, view) :]
