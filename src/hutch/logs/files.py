"""The files of one log, oldest first: ``x.2.gz``, ``x.1``, ``x`` (rotation: :mod:`hutch.runtime.keeper.rotate`)."""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from contextlib import ExitStack

_LIMIT = 1000
_PIECE = 1024 * 1024
_TRAILER = struct.Struct("<II")


class LogFile:
    """One open file. Compressed ones are unpacked into memory files when they are first needed."""

    def __init__(self, path: str) -> None:
        self.packed = path.endswith(".gz")
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        self.inode = os.fstat(self.fd).st_ino

    def unpack(self) -> None:
        """Make ``fd`` a plain file. Raises OSError when the compressed one is damaged."""
        if not self.packed:
            return
        plain = os.memfd_create("hutch-log", os.MFD_CLOEXEC)
        try:
            with os.fdopen(os.dup(self.fd), "rb") as raw, gzip.GzipFile(fileobj=raw) as source:
                while piece := source.read(_PIECE):
                    _write_all(plain, piece)
        except BaseException as error:
            os.close(plain)
            if isinstance(error, (EOFError, zlib.error)):
                raise OSError(5, f"damaged compressed log: {error}") from None
            raise
        os.close(self.fd)
        self.fd = plain
        self.packed = False

    @property
    def size(self) -> int:
        """Bytes in the (unpacked) file now."""
        return os.fstat(self.fd).st_size

    def checksum(self) -> int:
        """CRC-32 of what is in it."""
        value = offset = 0
        while piece := os.pread(self.fd, _PIECE, offset):
            value = zlib.crc32(piece, value)
            offset += len(piece)
        return value

    def close(self) -> None:
        """Close it."""
        os.close(self.fd)


def open_all(path: str) -> list[LogFile]:
    """Every file of the log at ``path``, oldest first, as one moment saw them; none when there is none.

    A rotation in between would open a file twice or miss one: then all are opened again.
    """
    for _ in range(50):
        with ExitStack() as undo:
            files: list[LogFile] = []
            for name in _names(path):
                try:
                    file = LogFile(name)
                except FileNotFoundError:
                    break
                undo.callback(file.close)
                files.append(file)
            else:
                if not files or _inode(path) == files[-1].inode:
                    undo.pop_all()
                    return files
    raise OSError(11, "log is rotated faster than it can be opened", path)


def newer(path: str, last: LogFile) -> tuple[list[LogFile], bool]:
    """The files that came after ``last``, oldest first, and whether it is still there, compressed perhaps.

    When it is not, every file came after it, and others may have gone too.
    """
    files = open_all(path)
    index = next((i for i, file in enumerate(files) if file.inode == last.inode), -1)
    if index < 0:
        index = _packed(files, last)
    for old in files[: index + 1]:
        old.close()
    return files[index + 1 :], index >= 0


def _packed(files: list[LogFile], last: LogFile) -> int:
    """Which of ``files`` is what ``last`` has been compressed to; -1 if none is.

    A gzip file ends with the checksum and the length of what is in it (RFC 1952, 2.3.1).
    """
    packed = [i for i, file in enumerate(files) if file.packed and file.size > 8]
    if not packed:
        return -1
    wanted = _TRAILER.pack(last.checksum(), last.size & 0xFFFFFFFF)
    return next((i for i in packed if os.pread(files[i].fd, 8, files[i].size - 8) == wanted), -1)


def _names(path: str) -> list[str]:
    names = [path] if os.path.exists(path) else []
    for number in range(1, _LIMIT):
        plain = f"{path}.{number}"
        if os.path.exists(plain):  # beside a .gz of the same number: compressed just now, the same records
            names.append(plain)
        elif os.path.exists(f"{plain}.gz"):
            names.append(f"{plain}.gz")
        else:
            break
    return names[::-1]


def _inode(path: str) -> int:
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return 0


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while len(view):
        view = view[os.write(fd, view) :]
