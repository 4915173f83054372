"""What a container or a build step changed: as a layer's tar, and as a list.

Two sources: overlayfs's upper folder, which holds exactly the changes, and (for drivers that copy) two complete trees
to compare. The same changes give the same bytes, those that dockerd gives over overlay2 (docs/map.md).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

from hutch.images.tar.pack import Packer
from hutch.images.tar.tree import ADDED, DELETED, MARKS, MODIFIED, SAME, Found, Walk
from hutch.model.tar import write
from hutch.storage import look
from hutch.storage.driver import StorageDriver

MOUNT_POINTS = frozenset((b"dev", b"etc/hostname", b"etc/hosts", b"etc/resolv.conf", b"proc", b"sys"))
"""What a start makes where the image has none, to mount something on it: no change of the container's."""


class Change(NamedTuple):
    """One line of ``docker diff``: ``kind`` is ADDED, MODIFIED or DELETED, ``path`` has no slash at its beginning."""

    kind: str
    path: bytes


def layer(driver: StorageDriver, key: str) -> Iterator[bytes]:
    """The tar of what the layer ``key`` changes over its parent. Nobody should write to the layer meanwhile."""
    return write.gathered(_entries(driver, key))


def changes(driver: StorageDriver, key: str) -> Iterator[Change]:
    """What the layer ``key`` changes over its parent, parents before what is in them."""
    with ExitStack() as opened:
        for found in _changed(_walk(driver, key, opened)):
            yield Change(MODIFIED if found.kind == SAME else found.kind, found.path)


def whole(root: int) -> Iterator[bytes]:
    """The tar of the whole tree at the descriptor."""
    return write.gathered(_all(root))


def _all(root: int) -> Iterator[bytes]:
    packer = Packer()
    for found in Walk(root):
        yield from packer.entry(found, found.path)
    yield write.END


def _walk(driver: StorageDriver, key: str, opened: ExitStack) -> Walk:
    """A walk over the layer beside its parent; what it needs is closed with ``opened``."""
    folder, overlay = driver.layer_dir(key), driver.whiteouts == "overlay"
    opened.callback(driver.release, key)
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    opened.callback(os.close, root)
    base = look.below(driver, key)
    if base >= 0:
        opened.callback(os.close, base)
    return Walk(root, base, overlay=overlay)


def _entries(driver: StorageDriver, key: str) -> Iterator[bytes]:
    packer = Packer()
    with ExitStack() as opened:
        walk, overlay = _walk(driver, key, opened), driver.whiteouts == "overlay"
        for found in _own(walk) if overlay else _changed(walk):
            if found.kind == DELETED:
                yield packer.whiteout(found.path, found.status if overlay else None)
                continue
            yield from packer.entry(found, found.path)
            if overlay and found.folder and found.old is not None and found.opaque:  # fuse-overlayfs: all new ones are
                yield packer.opaque(found.path, found.status)
    yield write.END


def _own(walk: Walk) -> Iterator[Found]:
    """All of an upper folder, also what is the same below after all, without the mount points of a start."""
    there = (found for found in walk if found.fd >= 0)  # what an opaque folder hides has no entries of its own
    return _settled(there, lambda found: found.path == b"etc")


def _changed(walk: Walk) -> Iterator[Found]:
    """What is other than in the lower tree, and the folders above it, without the mount points of a start."""
    return _settled(walk, lambda _: True)


def _settled(walk: Iterable[Found], unsure: Callable[[Found], bool]) -> Iterator[Found]:
    """The entries of a walk; one that is the same below and is ``unsure`` only if something under it changed."""
    waiting: list[Found] = []
    try:
        for found in walk:
            while waiting and not found.path.startswith(waiting[-1].path + b"/"):
                os.close(waiting.pop().fd)
            if _is_mount_point(found) or (found.kind == DELETED and found.old is None):
                continue  # fuse-overlayfs marks what it removes also where nothing is below
            if found.kind == SAME and unsure(found):
                if found.folder:
                    waiting.append(_held(found))
                continue
            while waiting:
                yield waiting[0]
                os.close(waiting.pop(0).fd)
            yield found
    finally:
        for above in waiting:
            os.close(above.fd)


def _held(found: Found) -> Found:
    """The same with a descriptor of its own: the walk goes on before it is used."""
    return Found(found.kind, found.path, os.dup(found.fd), found.status, found.old)


def _is_mount_point(found: Found) -> bool:
    """Whether it is an empty file or folder that a start made and nobody has used, or the link to the mounts."""
    if found.kind == ADDED and found.path == b"etc/mtab" and stat.S_ISLNK(found.status.st_mode):
        return os.readlink(b"", dir_fd=found.fd) == b"/proc/mounts"
    if found.kind != ADDED or found.path not in MOUNT_POINTS or found.status.st_uid or found.status.st_gid:
        return False
    if stat.S_ISREG(found.status.st_mode):
        return found.path.startswith(b"etc/") and not found.status.st_size
    return found.folder and b"/" not in found.path and not _has_any(found.fd)


def _has_any(folder: int) -> bool:
    fd = os.open(b".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        with os.scandir(fd) as entries:
            return any(os.fsencode(entry.name) not in MARKS for entry in entries)
    finally:
        os.close(fd)
