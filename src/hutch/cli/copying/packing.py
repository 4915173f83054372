"""Files of this machine as an archive, as ``docker cp`` sends them."""

from __future__ import annotations

import os
import stat

from hutch.cli.errors import CommandError
from hutch.model.tar import header, write
from hutch.model.tar.header import BLOCK, Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SECOND = 1_000_000_000
_CAPABILITY = "security.capability"


def pack(path: str, name: str) -> Iterator[bytes]:
    """The archive of the file or folder at ``path``, all names beginning with ``name``, in large pieces.

    Raises CommandError for what cannot be read.
    """
    try:
        yield from write.gathered(_Packer().archive(os.fsencode(path), os.fsencode(name.rstrip("/"))))
    except OSError as error:
        where = os.fsdecode(error.filename or "")
        raise CommandError(f"open {where}: {(error.strerror or '').lower()}") from None


class _Packer:
    def __init__(self) -> None:
        self._first: dict[tuple[int, int], bytes] = {}

    def archive(self, path: bytes, name: bytes) -> Iterator[bytes]:
        """The entry and all below it, folders before what is in them, names sorted; and the end."""
        pending = [(path, name)]
        while pending:
            path, name = pending.pop()
            status = os.lstat(path)
            yield from self._entry(path, name, status)
            if stat.S_ISDIR(status.st_mode):
                below = sorted(os.listdir(path), reverse=True)
                pending += [(path.rstrip(b"/") + b"/" + each, name + b"/" + each) for each in below]
        yield write.END

    def _entry(self, path: bytes, name: bytes, status: os.stat_result) -> Iterator[bytes]:
        kind = header.KINDS.get(stat.S_IFMT(status.st_mode))
        if kind is None:  # a socket
            return
        entry = Entry(name + b"/" if kind == header.FOLDER else name, kind, stat.S_IMODE(status.st_mode))
        entry.uid, entry.gid = status.st_uid, status.st_gid
        entry.mtime = status.st_mtime_ns // _SECOND * _SECOND
        if status.st_nlink > 1 and kind != header.FOLDER:
            inode = (status.st_dev, status.st_ino)
            if inode in self._first:
                entry.kind, entry.link = header.HARDLINK, self._first[inode]
                yield write.head(entry)
                return
            self._first[inode] = name
        if kind == header.REGULAR:
            yield from _file(path, entry)
            return
        if kind == header.SYMLINK:
            entry.link = os.readlink(path)
        elif kind in (header.CHAR, header.BLOCKDEV):
            entry.major, entry.minor = os.major(status.st_rdev), os.minor(status.st_rdev)
        yield write.head(entry)


def _file(path: bytes, entry: Entry) -> Iterator[bytes]:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        entry.xattrs = _capability(fd)
        entry.size = left = os.fstat(fd).st_size
        yield write.head(entry)
        while left:
            piece = os.read(fd, min(left, write.CHUNK))
            if not piece:
                raise CommandError(f"{os.fsdecode(path)} became shorter while it was read")
            left -= len(piece)
            yield piece
        yield bytes(-entry.size % BLOCK)
    finally:
        os.close(fd)


def _capability(fd: int) -> dict[str, bytes]:
    try:
        return {_CAPABILITY: os.getxattr(fd, _CAPABILITY)}
    except OSError:
        return {}
