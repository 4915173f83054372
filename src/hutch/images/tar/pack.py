"""From files to the entries of an archive, as dockerd writes them: numbers for owners, whole seconds, no access times,
and of the extended attributes only the file capabilities. One writer for layers, exports and copies.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from hutch.images.tar import tree
from hutch.images.tar.extract import OPAQUE, WHITEOUT
from hutch.images.tar.tree import Found
from hutch.model.errors import System
from hutch.model.tar import header, write
from hutch.model.tar.header import BLOCK, Entry

SECOND = 1_000_000_000
_PIECE = 1 << 18
_CAPABILITY_3, _CAPABILITY_2, _CAPABILITY_2_SIZE = 3, 2, 20  # VFS_CAP_REVISION, struct vfs_cap_data


class Packer:
    """Makes the entries of one archive: it knows which files were packed already under another name."""

    def __init__(self) -> None:
        self._names: dict[tuple[int, int], bytes] = {}

    def entry(self, found: Found, name: bytes) -> Iterator[bytes]:
        """The entry ``name`` with its content. Sockets are left out: an archive cannot hold them.

        Raises OSError, and System if the file becomes shorter meanwhile.
        """
        status = found.status
        kind = header.KINDS.get(stat.S_IFMT(status.st_mode))
        if kind is None:
            return
        entry = _described(Entry(name + b"/" if kind == header.FOLDER else name, kind), status)
        if kind != header.FOLDER and (first := self._first(status, name)) is not None:
            entry.kind, entry.link = header.HARDLINK, first
            entry.xattrs = capability(found.fd)
            yield write.head(entry)
            return
        if kind == header.REGULAR:
            yield from _file(found.fd, entry)
            return
        entry.xattrs = capability(found.fd)
        if kind == header.SYMLINK:
            entry.link = os.readlink(b"", dir_fd=found.fd)
        elif kind in (header.CHAR, header.BLOCKDEV):
            entry.major, entry.minor = os.major(status.st_rdev), os.minor(status.st_rdev)
        yield write.head(entry)

    def whiteout(self, path: bytes, mark: os.stat_result | None) -> bytes:
        """The entry that says that ``path`` is removed; ``mark`` is the device that says so in an overlay.

        Linux gives all marks of a file system one inode, and dockerd writes the name of the first one as a link's.
        """
        above, slash, name = path.rpartition(b"/")
        entry = Entry(above + slash + WHITEOUT + name)
        if mark is not None:
            _described(entry, mark).link = self._first(mark, path) or b""
        entry.mode = 0o600
        return write.head(entry)

    @staticmethod
    def opaque(path: bytes, folder: os.stat_result) -> bytes:
        """The entry that says that the folder hides what lower layers have in it."""
        entry = Entry(path + b"/" + OPAQUE, header.REGULAR, folder.st_mode & 0o777)
        entry.uid, entry.gid = folder.st_uid, folder.st_gid
        return write.head(entry)

    def _first(self, status: os.stat_result, name: bytes) -> bytes | None:
        """The name under which the same file was packed before; ``name`` counts for later ones if there is none."""
        if status.st_nlink < 2:
            return None
        inode = (status.st_dev, status.st_ino)
        first = self._names.get(inode)
        if first is None:
            self._names[inode] = name
        return first


def _described(entry: Entry, status: os.stat_result) -> Entry:
    entry.mode = stat.S_IMODE(status.st_mode)
    entry.uid, entry.gid = status.st_uid, status.st_gid
    entry.mtime = status.st_mtime_ns // SECOND * SECOND
    return entry


def capability(node: int) -> dict[str, bytes]:
    """The file capabilities as an archive has them: without the user namespace they were given in (capabilities(7))."""
    value = tree.attribute(node, tree.CAPABILITY)
    if value is None:
        return {}
    if len(value) > _CAPABILITY_2_SIZE and value[3] == _CAPABILITY_3:
        value = value[:3] + bytes([_CAPABILITY_2]) + value[4:_CAPABILITY_2_SIZE]
    return {tree.CAPABILITY: value}


def _file(node: int, entry: Entry) -> Iterator[bytes]:
    """A regular file as long as it was when it was looked at; what is appended meanwhile is left out."""
    fd = os.open(b"/proc/self/fd/%d" % node, os.O_RDONLY | os.O_CLOEXEC)  # the very file, whatever has its name by now
    try:
        entry.xattrs = capability(fd)
        size = left = os.fstat(fd).st_size
        entry.size = size
        head = write.head(entry)
        if size <= _PIECE:
            content = os.read(fd, size) if size else b""
            if len(content) == size:
                yield head + content + bytes(-size % BLOCK)
                return
            os.lseek(fd, 0, os.SEEK_SET)
        yield head
        while left:
            chunk = os.read(fd, min(left, write.CHUNK))
            if not chunk:
                raise System(f"{os.fsdecode(entry.name)} became shorter while it was read: {left} of {size} bytes left")
            left -= len(chunk)
            yield chunk
        yield bytes(-size % BLOCK)
    finally:
        os.close(fd)
