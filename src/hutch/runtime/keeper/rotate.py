"""A log file that never grows beyond its bound: ``x``, ``x.1`` (newest old one), ``x.2`` ... as Docker names them.

Old files become ``x.N.gz`` in a process of its own (:mod:`compress`) while the pump goes on. What a keeper left
uncompressed, the next one's first rotation takes up.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from hutch.runtime.keeper import compress

_MODE = 0o640


class RotatedFile:
    """Appends records to ``path`` and shifts the files before ``max_size`` bytes would be exceeded.

    ``max_size`` 0 is no bound; a single record that is longer has a file of its own. ``repair`` brings the end of an
    existing file in order and returns its size; ``head`` is written at the start of every file. Raises OSError when
    the file cannot be opened; a failing write raises too, and leaves the file without a part of a record.
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
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)
        self._size = repair(self._fd) if repair else os.lseek(self._fd, 0, os.SEEK_END)
        if not self._size and head:
            self._put(head)

    @property
    def rooms(self) -> tuple[int, int] | None:
        """Bytes of records that still fit into the current file, and into the next one; None without a bound."""
        return (self._max_size - self._size, self._max_size - len(self._head)) if self._max_size else None

    def write(self, records: bytes) -> None:
        """Append whole records, shifting files in between where the bound is reached."""
        view = memoryview(records)
        start = 0
        while start < len(records):
            count = self._cut(records, start)
            if count:
                self._put(view[start : start + count])
                start += count
            else:
                self.rotate()

    def _cut(self, records: bytes, start: int) -> int:
        """How many bytes from ``start`` go into the current file: whole records only; 0 when it is full."""
        rest = len(records) - start
        room = self._max_size - self._size
        if not self._max_size or rest <= room:
            return rest
        if self._boundary and room > 0 and (end := records.rfind(self._boundary, start, start + room)) >= 0:
            return end + 1 - start
        if self._size > len(self._head):
            return 0
        end = records.find(self._boundary, start) if self._boundary else -1
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
            with compress.numbers_of(self.path):
                self._shift_all()
        self._size = 0
        if self._head:
            self._put(self._head)

    def _shift_all(self) -> None:
        for number in range(self._max_file - 1, 0, -1):
            self._shift(number)
        os.rename(self.path, f"{self.path}.1")
        fresh = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, _MODE)
        os.close(self._fd)
        self._fd = fresh
        if self._compress:
            try:
                compress.start(self.path, self._max_file)
            except OSError:
                return  # no room for that, or no process to be had: it stays as it is until the next time

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

    def close(self) -> None:
        """Give up the file."""
        os.close(self._fd)
