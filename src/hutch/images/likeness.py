"""Whether two unpacked layers are the same, file by file; made to name the first differences, not to measure them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from hutch.linux import xattr

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 1 << 20


def differences(have: str, want: str) -> Iterator[tuple[bytes, str]]:
    """(path, what is other) for each path at which the tree ``have`` is not like ``want``: missing, new, or of another
    kind, mode, owner, size, time, target, attribute or content. Follows no link. Raises OSError."""
    pending = [b""]
    while pending:
        at = pending.pop()
        one, two = os.open(os.path.join(os.fsencode(have), at), _FOLDER), -1
        try:
            two = os.open(os.path.join(os.fsencode(want), at), _FOLDER)
            here, there = {os.fsencode(n) for n in os.listdir(one)}, {os.fsencode(n) for n in os.listdir(two)}
            for name in sorted(here | there):
                path = os.path.join(at, name)
                if name not in here or name not in there:
                    yield path, "missing" if name in there else "not in the image"
                    continue
                kind, what = _compare(one, two, name)
                if what:
                    yield path, what
                elif stat.S_ISDIR(kind):
                    pending.append(path)
        finally:
            os.close(one)
            if two >= 0:
                os.close(two)


def _compare(one: int, two: int, name: bytes) -> tuple[int, str]:
    """(mode, what is other about the file ``name`` of the two folders)."""
    a, b = (os.stat(name, dir_fd=fd, follow_symlinks=False) for fd in (one, two))
    kind = stat.S_IFMT(a.st_mode)
    checks = [
        ("kind", kind, stat.S_IFMT(b.st_mode)),
        ("mode", a.st_mode, b.st_mode),
        ("owner", (a.st_uid, a.st_gid), (b.st_uid, b.st_gid)),
        ("device", a.st_rdev, b.st_rdev),
    ]
    if stat.S_ISREG(kind):
        checks += [("size", a.st_size, b.st_size), ("time", a.st_mtime_ns, b.st_mtime_ns)]
    for word, have, want in checks:
        if have != want:
            return a.st_mode, word
    if stat.S_ISLNK(kind) and os.readlink(name, dir_fd=one) != os.readlink(name, dir_fd=two):
        return a.st_mode, "target"
    if _attributes(one, name) != _attributes(two, name):
        return a.st_mode, "attributes"
    return a.st_mode, "content" if stat.S_ISREG(kind) and not _same_content(one, two, name) else ""


def _attributes(fd: int, name: bytes) -> dict[str, bytes | None]:
    return {each: xattr.get_at(fd, name, each) for each in xattr.list_at(fd, name)}


def _same_content(one: int, two: int, name: bytes) -> bool:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY
    a, b = os.open(name, flags, dir_fd=one), -1
    try:
        b = os.open(name, flags, dir_fd=two)
        while True:
            have, want = os.read(a, _CHUNK), os.read(b, _CHUNK)
            if have != want:
                return False
            if not have:
                return True
    finally:
        os.close(a)
        if b >= 0:
            os.close(b)
