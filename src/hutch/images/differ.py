"""From files back to a layer's tar: what a container or a build step changed, as the OCI image spec writes it.

Two sources: overlayfs's upper folder, which holds exactly the changes, and (for drivers that copy) two complete trees
to compare. Both give the same bytes for the same changes: names sorted, no access times, owners as numbers.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from hutch.images.tar.extract import OPAQUE, WHITEOUT
from hutch.linux import xattr
from hutch.linux.paths import RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, Root, openat2
from hutch.model.tar import header, write
from hutch.model.tar.header import Entry
from hutch.storage.driver import StorageDriver

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPAQUE = "trusted.overlay.opaque"
_KINDS = {
    stat.S_IFREG: header.REGULAR, stat.S_IFDIR: header.FOLDER, stat.S_IFLNK: header.SYMLINK,
    stat.S_IFCHR: header.CHAR, stat.S_IFBLK: header.BLOCKDEV, stat.S_IFIFO: header.FIFO,
}  # fmt: skip


def changes(driver: StorageDriver, key: str) -> Iterator[bytes]:
    """The tar of what the layer ``key`` changes over its parent. The layer should not be written to meanwhile."""
    parent = driver.parent(key)
    if driver.whiteouts == "overlay" or parent is None:
        return tree(driver.layer_dir(key), overlay=driver.whiteouts == "overlay")
    return difference(driver.layer_dir(key), driver.layer_dir(parent))


def tree(folder: str, *, overlay: bool = False) -> Iterator[bytes]:
    """The tar of a whole tree; with ``overlay`` overlayfs's marks become whiteouts."""
    with Root(os.open(folder, _FOLDER)) as root:
        links: dict[tuple[int, int], bytes] = {}
        for path, name, fd in _walk(root):
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if overlay and stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
                yield from _whiteout(path)
                continue
            yield from _entry(fd, name, path, status, links)
            if overlay and stat.S_ISDIR(status.st_mode) and xattr.get_at(fd, name, _OPAQUE) == b"y":
                yield write.head(Entry(path + b"/" + OPAQUE, header.REGULAR, 0))
        yield write.END


def difference(folder: str, base: str) -> Iterator[bytes]:
    """The tar of what ``folder`` has more or other than ``base``, with whiteouts for what it has not."""
    with Root(os.open(folder, _FOLDER)) as root, Root(os.open(base, _FOLDER)) as lower:
        links: dict[tuple[int, int], bytes] = {}
        for path, name, fd in _walk(root, lower):
            if fd < 0:
                yield from _whiteout(path)
                continue
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if not _same(root, lower, path, status):
                yield from _entry(fd, name, path, status, links)
        yield write.END


def _walk(root: Root, lower: Root | None = None) -> Iterator[tuple[bytes, bytes, int]]:
    """(path, name, descriptor of its folder) of every entry, folders before what is in them, sorted.

    With ``lower``, what only that one has is given, too, with the descriptor -1.
    """
    pending = [b"."]
    while pending:
        folder = pending.pop()
        fd = openat2(root.fd, folder, _FOLDER, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)
        try:
            names = {os.fsencode(name) for name in os.listdir(fd)}
            gone = _names(lower, folder) - names if lower is not None else set()
            below = []
            for name in sorted(names | gone):
                path = name if folder == b"." else folder + b"/" + name
                yield path, name, -1 if name in gone else fd
                if name not in gone and stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode):
                    below.append(path)
        finally:
            os.close(fd)
        pending.extend(reversed(below))


def _names(root: Root, folder: bytes) -> set[bytes]:
    """The names in a folder of the lower tree; none if it is no folder there."""
    try:
        fd = openat2(root.fd, folder, _FOLDER, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)
    except OSError:
        return set()
    try:
        return {os.fsencode(name) for name in os.listdir(fd)}
    finally:
        os.close(fd)


def _same(root: Root, lower: Root, path: bytes, status: os.stat_result) -> bool:
    """Whether the lower tree has the same at ``path``: by kind, owner, mode, size, time, target and attributes."""
    try:
        other = lower.stat(path, follow=False)
    except OSError:
        return False
    keys = ("st_mode", "st_uid", "st_gid", "st_rdev")
    if any(getattr(status, key) != getattr(other, key) for key in keys):
        return False
    if not stat.S_ISDIR(status.st_mode) and (status.st_size, status.st_mtime_ns) != (other.st_size, other.st_mtime_ns):
        return False
    if stat.S_ISLNK(status.st_mode):
        return root.readlink(path) == lower.readlink(path)
    return _attributes_at(root, path) == _attributes_at(lower, path)


def _attributes_at(root: Root, path: bytes) -> dict[str, bytes]:
    fd, name = root.parent(path)
    try:
        return attributes(fd, name)
    finally:
        os.close(fd)


def attributes(fd: int, name: bytes) -> dict[str, bytes]:
    """The extended attributes that belong into an image: not overlayfs's and not the host's security labels."""
    result = {}
    for key in xattr.list_at(fd, name):
        if (
            key == "security.capability"
            or key.startswith("user.")
            or (key.startswith("trusted.") and not key.startswith("trusted.overlay."))
        ):
            value = xattr.get_at(fd, name, key)
            if value is not None:
                result[key] = value
    return result


def _whiteout(path: bytes) -> Iterator[bytes]:
    above, slash, name = path.rpartition(b"/")
    yield write.head(Entry(above + slash + WHITEOUT + name, header.REGULAR, 0))


def _entry(
    fd: int, name: bytes, path: bytes, status: os.stat_result, links: dict[tuple[int, int], bytes]
) -> Iterator[bytes]:
    """One entry with its content; sockets are left out, an image cannot hold them."""
    kind = _KINDS.get(stat.S_IFMT(status.st_mode))
    if kind is None:
        return
    entry = Entry(path + (b"/" if kind == header.FOLDER else b""), kind, stat.S_IMODE(status.st_mode))
    entry.uid, entry.gid, entry.mtime = status.st_uid, status.st_gid, status.st_mtime_ns
    inode = (status.st_dev, status.st_ino)
    if kind != header.FOLDER and inode in links:
        entry.kind, entry.link = header.HARDLINK, links[inode]
        yield write.head(entry)
        return
    if status.st_nlink > 1:
        links[inode] = path
    entry.xattrs = attributes(fd, name)
    if kind == header.SYMLINK:
        entry.link = os.readlink(name, dir_fd=fd)
    elif kind in (header.CHAR, header.BLOCKDEV):
        entry.major, entry.minor = os.major(status.st_rdev), os.minor(status.st_rdev)
    elif kind == header.REGULAR:
        entry.size = status.st_size
        yield from _content(fd, name, entry)
        return
    yield write.head(entry)


def _content(fd: int, name: bytes, entry: Entry) -> Iterator[bytes]:
    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
    try:
        yield write.head(entry)
        chunks = iter(lambda: os.read(file, write.CHUNK), b"")
        yield from write.exactly(chunks, entry.size, os.fsdecode(entry.name))
    finally:
        os.close(file)
