"""A log file that never grows beyond its bound: ``x``, ``x.1`` (newest old one), ``x.2`` ... as Docker names them.

Old files are compressed to ``x.N.gz`` in a forked child of the lowest priority, one at a time, while the pump goes
on; the keeper itself renames the result, because only it knows which number the file has by then. What a keeper did
not finish, the next one does.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from hutch.linux import libc

_CLOSE_RANGE = 436
_PIECE = 256 * 1024
_MODE = 0o640


class RotatedFile:
    """Appends records to ``path`` and shifts the files when it reaches ``max_size`` bytes.

    ``max_size`` 0 is no bound. ``repair`` brings the end of an existing file in order and returns its size;
    ``head`` is written at the start of every file. Raises OSError when the file cannot be opened; a failing write
    raises too, and leaves the file without a part of a record.
    """

    def __init__(
        self,
        path: str,
        *,
        max_size: int,
        max_file: int,
        compress: bool,
        head: bytes = b"",
        boundary: bytes = b"",
        repair: Callable[[int], int] | None = None,
    ) -> None:
        self.path = path
        self._max_size = max_size
        self._max_file = max_file
        self._compress = compress and max_file > 1
        self._head = head
        self._boundary = boundary
        self._child = 0
        self._index = 0
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)
        self._size = repair(self._fd) if repair else os.lseek(self._fd, 0, os.SEEK_END)
        if not self._size and head:
            self._put(head)

    def write(self, records: bytes) -> None:
        """Append whole records, shifting files in between where the bound is reached."""
        view = memoryview(records)
        while len(view):
            if self._max_size and self._size >= self._max_size:
                self.rotate()
            count = self._cut(records, len(records) - len(view))
            self._put(view[:count])
            view = view[count:]

    def _cut(self, records: bytes, start: int) -> int:
        """How many bytes from ``start`` go into the current file: up to the record that reaches the bound."""
        rest = len(records) - start
        if not self._max_size or not self._boundary or self._size + rest <= self._max_size:
            return rest
        end = records.find(self._boundary, start + max(0, self._max_size - self._size - 1))
        return rest if end < 0 else end + 1 - start

    def _put(self, view: memoryview | bytes) -> None:
        done = 0
        try:
            while done < len(view):
                done += os.write(self._fd, view[done:])
        except OSError:
            if done:
                os.ftruncate(self._fd, self._size)
            raise
        self._size += done

    def rotate(self) -> None:
        """Shift the files and start an empty one."""
        if self._max_file < 2:
            os.ftruncate(self._fd, 0)
        else:
            for number in range(self._max_file - 1, 0, -1):
                self._shift(number)
            os.rename(self.path, f"{self.path}.1")
            self._index += 1 if self._child else 0
            fresh = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, _MODE)
            os.close(self._fd)
            self._fd = fresh
        self._size = 0
        if self._head:
            self._put(self._head)
        if self._compress and not self._child:
            self._start_compressing()

    def _shift(self, number: int) -> None:
        for suffix in ("", ".gz"):
            name = f"{self.path}.{number}{suffix}"
            try:
                if number + 1 >= self._max_file:
                    os.unlink(name)
                else:
                    os.rename(name, f"{self.path}.{number + 1}{suffix}")
            except FileNotFoundError:
                continue

    @property
    def compressor(self) -> int:
        """The pid of the running compressor, or 0. Whoever reaps it calls :meth:`compressed`."""
        return self._child

    @property
    def _unfinished(self) -> str:
        return f"{self.path}.gz.tmp"

    def _start_compressing(self) -> None:
        for number in range(self._max_file - 1, 0, -1):
            try:
                source = os.open(f"{self.path}.{number}", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue
            break
        else:
            return
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
            target = os.open(self._unfinished, flags, _MODE)
            try:
                self._child = fork_compressor(source, target)
                self._index = number
            finally:
                os.close(target)
        finally:
            os.close(source)

    def compressed(self, status: int) -> None:
        """The compressor ended with wait status ``status``: put its file in the place of the original."""
        number, self._index, self._child = self._index, 0, 0
        if status or number >= self._max_file:
            os.unlink(self._unfinished)
        else:
            os.rename(self._unfinished, f"{self.path}.{number}.gz")
            os.unlink(f"{self.path}.{number}")
        if not status:
            self._start_compressing()

    def close(self) -> None:
        """Give up the file and the compressor; the next writer compresses what is left."""
        if self._child:
            os.kill(self._child, 9)
            os.waitpid(self._child, 0)
            os.unlink(self._unfinished)
            self._child = 0
        os.close(self._fd)


def fork_compressor(source: int, target: int) -> int:
    """Fork a child that writes ``source`` to ``target`` as gzip; its pid.

    The child keeps nothing else open: it must not hold a client's connection or the container's stdin.
    """
    pid = os.fork()
    if pid:
        return pid
    try:
        os.nice(19)
        source, target = os.dup(source), os.dup(target)
        first, second = sorted((source, target))
        for low, high in ((0, first - 1), (first + 1, second - 1), (second + 1, 0x7FFFFFFF)):
            if low <= high:
                libc.syscall(_CLOSE_RANGE, low, high, 0, what="close_range")
        _compress(source, target)
        os._exit(0)
    except BaseException:
        os._exit(1)


def _compress(source: int, target: int) -> None:
    import zlib

    packer = zlib.compressobj(1, zlib.DEFLATED, 31)  # 31: gzip header, largest window
    while piece := os.read(source, _PIECE):
        _write_all(target, packer.compress(piece))
    _write_all(target, packer.flush())


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while len(view):
        view = view[os.write(fd, view) :]
