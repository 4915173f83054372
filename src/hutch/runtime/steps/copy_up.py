"""``tmpcopyup``: what the image has at the place of a tmpfs is copied into it, by descriptors only."""

from __future__ import annotations

import os
import stat

_MAX_ENTRIES = 200_000
_MAX_DEPTH = 100


def copy(source_fd: int, target_fd: int) -> None:
    """Copy the tree at ``source_fd`` into the empty folder ``target_fd``: files, folders, links, with owner and mode.

    Raises OSError; EFBIG for a tree of more than 200,000 entries.
    """
    _copy_folder(source_fd, target_fd, [_MAX_ENTRIES], 0)


def _copy_folder(source_fd: int, target_fd: int, budget: list[int], depth: int) -> None:
    readable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=source_fd)
    writable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=target_fd)
    try:
        for name in os.listdir(readable):
            budget[0] -= 1
            if budget[0] < 0 or depth > _MAX_DEPTH:
                raise OSError(27, "too much to copy into a tmpfs", name)
            _copy_entry(readable, writable, name, budget, depth)
        status = os.fstat(readable)
        os.fchown(writable, status.st_uid, status.st_gid)
        os.fchmod(writable, stat.S_IMODE(status.st_mode))
    finally:
        os.close(readable)
        os.close(writable)


def _copy_entry(source: int, target: int, name: str, budget: list[int], depth: int) -> None:
    status = os.stat(name, dir_fd=source, follow_symlinks=False)
    if stat.S_ISDIR(status.st_mode):
        os.mkdir(name, 0o700, dir_fd=target)
        flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        one = os.open(name, flags, dir_fd=source)
        two = os.open(name, flags, dir_fd=target)
        try:
            _copy_folder(one, two, budget, depth + 1)
        finally:
            os.close(one)
            os.close(two)
    elif stat.S_ISLNK(status.st_mode):
        os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
        os.chown(name, status.st_uid, status.st_gid, dir_fd=target, follow_symlinks=False)
    elif stat.S_ISREG(status.st_mode):
        _copy_file(source, target, name, status)


def _copy_file(source: int, target: int, name: str, status: os.stat_result) -> None:
    one = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=source)
    two = -1
    try:
        if not stat.S_ISREG(os.fstat(one).st_mode):
            return
        two = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=target)
        while os.sendfile(two, one, None, 1 << 20) > 0:
            pass
        os.fchown(two, status.st_uid, status.st_gid)
        os.fchmod(two, stat.S_IMODE(status.st_mode))
    finally:
        os.close(one)
        if two >= 0:
            os.close(two)
