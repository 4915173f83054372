"""Reads a log back: all of it, its tail, a span of time, and on as it grows.

Files are read in threads, in pieces, so that a long log holds up nobody else. A follower outlives any number of
rotations; when files vanish faster than it reads them, it says so in the stream.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Protocol

from hutch.linux import inotify
from hutch.logs.drivers import READABLE
from hutch.logs.files import LogFile, newer, open_all
from hutch.logs.json_file import JsonFile
from hutch.logs.local import Local
from hutch.logs.record import Record, fixed_time
from hutch.model.errors import Unsupported

_PIECE = 128 * 1024
_LOST = b"[hutch: the log was rotated away faster than it was read]\n"


class ReadOptions:
    """What to read.

    ``since`` and ``until`` are nanoseconds since 1970 (0: no bound; a record at the bound counts as inside); ``tail``
    is the number of records from the end, before any other choice is made, None for all. With ``follow`` the reader
    waits for more until ``ended`` is set, and then reads what is left.
    """

    __slots__ = ("ended", "follow", "since", "stderr", "stdout", "tail", "until")

    def __init__(
        self,
        *,
        since: int = 0,
        until: int = 0,
        tail: int | None = None,
        follow: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        ended: asyncio.Event | None = None,
    ) -> None:
        self.since = since
        self.until = until
        self.tail = tail
        self.follow = follow
        self.stdout = stdout
        self.stderr = stderr
        self.ended = ended


class Format(Protocol):
    """What a driver's file format must tell."""

    def parse(self, data: bytes) -> tuple[list[Record], bytes]: ...
    def start(self, fd: int, offset: int, /) -> bytes: ...
    def back(self, fd: int, size: int, count: int) -> tuple[int, int]: ...


_FORMATS: dict[str, type[JsonFile] | type[Local]] = {"json-file": JsonFile, "local": Local}


async def read(driver: str, path: str, options: ReadOptions) -> AsyncIterator[Record]:
    """The records of the log at ``path``, oldest first. Raises Unsupported when the driver cannot be read."""
    async for records in batches(driver, path, options):
        for record in records:
            yield record


async def batches(driver: str, path: str, options: ReadOptions) -> AsyncIterator[list[Record]]:
    """Like :func:`read`, many records at a time: for whoever passes them on in bulk (``record.render``).

    The first batch is empty and comes when the files are open: from then on the log may be removed.
    """
    if driver not in READABLE:
        raise Unsupported("configured logging driver does not support reading")
    chosen = _Filter(options)
    watch = _watch(path) if options.follow else -1
    reader = _Reader(_FORMATS[driver], path)
    opening = asyncio.ensure_future(asyncio.to_thread(reader.open, options.tail))
    try:
        skip = await asyncio.shield(opening)
        yield []
        while True:
            over = options.ended is not None and options.ended.is_set()
            async for records in reader.rest():
                if skip:
                    skip, records = max(0, skip - len(records)), records[skip:]
                if wanted := chosen.keep(records):
                    yield wanted
                if chosen.past:
                    return
            if not options.follow or over:
                return
            await _change(watch, options.ended, chosen.patience())
            if chosen.past:
                return
    finally:
        # A client that leaves while the thread still opens the files must not leave them open.
        opening.add_done_callback(lambda _: reader.close())
        if watch >= 0:
            os.close(watch)


class _Filter:
    """Which records the reader asked for."""

    def __init__(self, options: ReadOptions) -> None:
        self._since = fixed_time(options.since) if options.since else ""
        self._until = fixed_time(options.until) if options.until else ""
        self._until_at = options.until
        self._streams = {name for name, on in (("stdout", options.stdout), ("stderr", options.stderr)) if on}
        self._everything = not self._since and not self._until and len(self._streams) == 2
        self._past = False

    @property
    def past(self) -> bool:
        """Whether nothing later can match."""
        return self._past

    def patience(self) -> float | None:
        """Seconds until ``until`` is reached; None without one."""
        if not self._until_at:
            return None
        left = (self._until_at - time.time_ns()) / 1e9
        self._past = left <= 0
        return max(0.0, left)

    def keep(self, records: list[Record]) -> list[Record]:
        """Those of ``records`` that match."""
        if self._everything:
            return records
        kept = []
        for record in records:
            if self._until and record.time > self._until:
                self._past = True
                break
            if record.time >= self._since and record.stream in self._streams:
                kept.append(record)
        return kept


class _Reader:
    """The position in the files of one log."""

    def __init__(self, form: type[JsonFile] | type[Local], path: str) -> None:
        self._form = form
        self._path = path
        self._files: list[LogFile] = []
        self._parser: Format = form()
        self._offset = 0
        self._held = b""
        self._lost = False

    def open(self, tail: int | None) -> int:
        """Open the files at the start, or so that the last ``tail`` records follow; how many records to skip first."""
        self._files = open_all(self._path)
        if tail is None or not self._files:
            return 0
        found = 0
        first = len(self._files) - 1
        for first in range(len(self._files) - 1, -1, -1):
            file = self._files[first]
            file.unpack()
            self._offset, count = self._parser.back(file.fd, file.size, tail - found)
            found += count
            if found >= tail:
                break
        for file in self._files[:first]:
            file.close()
        del self._files[:first]
        self._held = self._parser.start(self._files[0].fd, self._offset)
        return max(0, found - tail)

    async def rest(self) -> AsyncIterator[list[Record]]:
        """All records there are now from the position on."""
        while True:
            data = await asyncio.to_thread(self._piece)
            if data is None:
                return
            records, self._held = self._parser.parse(self._held + data if self._held else data)
            if self._lost:
                self._lost = False
                records.insert(0, Record("stderr", fixed_time(time.time_ns()), _LOST))
            if records:
                yield records

    def _piece(self) -> bytes | None:
        """The next bytes, from the next file when one is through; None at the end of the last."""
        while True:
            if not self._files and not self._more():
                return None
            file = self._files[0]
            file.unpack()
            if data := os.pread(file.fd, _PIECE, self._offset):
                self._offset += len(data)
                return data
            if file.size < self._offset:  # cut off: a log of one file only starts again
                self._begin()
                continue
            if len(self._files) == 1 and not self._more():
                return None
            if data := os.pread(file.fd, _PIECE, self._offset):  # written before it was rotated away
                self._offset += len(data)
                return data
            self._files.pop(0).close()
            self._begin()

    def _begin(self) -> None:
        self._offset = 0
        self._held = b""
        self._parser = self._form()

    def _more(self) -> bool:
        """Whether files came after our last one; they are opened."""
        if not self._files:
            self._files = open_all(self._path)
            return bool(self._files)
        last = self._files[-1]
        try:
            if os.stat(self._path).st_ino == last.inode:
                return False
        except FileNotFoundError:
            return False
        later, found = newer(self._path, last)
        self._lost = self._lost or not found
        self._files += later
        return bool(later)

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.close()
        self._files = []


def _watch(path: str) -> int:
    return inotify.watch_folder(os.path.dirname(path))


async def _change(watch: int, ended: asyncio.Event | None, patience: float | None) -> None:
    """Until something happens in the folder, the container ends, or ``patience`` seconds went by."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()
    loop.add_reader(watch, changed.set)
    waits = [asyncio.ensure_future(changed.wait())]
    if ended is not None:
        waits.append(asyncio.ensure_future(ended.wait()))
    try:
        await asyncio.wait(waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        inotify.drain(watch)
    finally:
        loop.remove_reader(watch)
        for wait in waits:
            wait.cancel()
