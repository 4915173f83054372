"""The log of one container as the keeper writes it: which driver, which bounds, and what happens when the disk is full.

A full disk never stops the container: what cannot be written is counted, and the next record that fits says so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from hutch.model.errors import Invalid
from hutch.model.size import parse_decimal_size, parse_size
from hutch.runtime.keeper.lines import LineSplitter
from hutch.runtime.keeper.log_json import JsonFormat
from hutch.runtime.keeper.log_local import LocalFormat
from hutch.runtime.keeper.log_ring import RingLog
from hutch.runtime.keeper.rotate import RotatedFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_SIZE = 20_000_000
MAX_FILE = 5
"""Bounds when the options name none: logs never fill a disk."""
RING = 1_000_000
"""Bytes of ``max-buffer-size`` when the options name none, as Docker's."""


class Bounds:
    """``max-size``, ``max-file`` and ``compress`` of a file driver, with the defaults filled in.

    ``buffer``: bytes that may wait to be written with ``mode=non-blocking``, else -1.
    """

    __slots__ = ("buffer", "compress", "max_file", "max_size")

    def __init__(self, options: Mapping[str, str]) -> None:
        size = options.get("max-size", "")
        self.max_size = MAX_SIZE if not size else 0 if size == "-1" else parse_decimal_size(size)
        self.max_file = int(options.get("max-file") or MAX_FILE)
        self.compress = options.get("compress", "true").lower() in ("1", "t", "true")
        self.buffer = -1
        if options.get("mode") == "non-blocking":
            self.buffer = parse_size(options["max-buffer-size"]) if options.get("max-buffer-size") else RING


class NoLog:
    """Driver ``none``: nothing is kept."""

    waiting = False

    def write(self, stream: str, chunk: bytes) -> None:
        """Forget ``chunk``."""

    def finish(self, stream: str) -> None:
        """The stream ended."""

    def fileno(self) -> int:
        """No descriptor is waited for."""
        return -1

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing to close."""


class FileLog:
    """Drivers ``json-file`` and ``local``."""

    waiting = False
    """Whether something is yet to be written: never, as :meth:`write` waits for the file system."""

    def __init__(self, form: JsonFormat | LocalFormat, path: str, bounds: Bounds) -> None:
        self._form = form
        self._file = RotatedFile(
            path,
            max_size=bounds.max_size,
            max_file=bounds.max_file,
            compress=bounds.compress,
            head=getattr(form, "head", b""),
            boundary=form.boundary,
            repair=form.repair,
        )
        self._lines = {"stdout": LineSplitter(), "stderr": LineSplitter()}
        self._lost = 0
        self._why = ""

    def write(self, stream: str, chunk: bytes) -> None:
        """Log what was read from ``stream`` (``stdout`` or ``stderr``)."""
        for block, at in self._lines[stream].feed(chunk, time.time_ns()):
            self.append(stream, block, at)

    def finish(self, stream: str) -> None:
        """The stream ended: log an unfinished last line."""
        for block, at in self._lines[stream].finish(time.time_ns()):
            self.append(stream, block, at)

    def append(self, stream: str, block: bytes, at: int) -> None:
        """Write a block, after a note on what was lost before it."""
        try:
            if self._lost:
                note = f"[hutch: {self._lost} bytes of output were not logged: {self._why}]\n".encode()
                self._file.write(self._form.encode("stderr", note, at))
                self._lost = 0
            while block:
                end = self._form.fit(block, self._file.rooms)
                self._file.write(self._form.encode(stream, block[:end], at))
                block = block[end:]
        except OSError as error:
            self.lose(len(block), os.strerror(error.errno or 0))

    def fileno(self) -> int:
        """No descriptor is waited for."""
        return -1

    def flush(self) -> None:
        """Nothing waits."""

    def lose(self, count: int, why: str) -> None:
        """``count`` bytes were not logged: the next record says so."""
        self._lost += count
        self._why = why

    def close(self) -> None:
        """Close the file."""
        self._file.close()


Log = NoLog | FileLog | RingLog


def open_log(spec: Mapping[str, Any] | None) -> Log:
    """The log described by ``{"driver","path","options","attrs"}`` (docs/map.md, Launcher).

    Raises as :func:`open_file`.
    """
    if not spec or spec["driver"] == "none":
        return NoLog()
    buffer = Bounds(spec.get("options") or {}).buffer
    return RingLog(buffer, lambda: open_file(spec)) if buffer >= 0 else open_file(spec)


def check_log(spec: Mapping[str, Any] | None) -> None:
    """Make sure that the log can be opened. Raises as :func:`open_file`."""
    if spec and spec["driver"] != "none":
        open_file(spec).close()


def open_file(spec: Mapping[str, Any]) -> FileLog:
    """The log's file, for whoever writes it.

    Raises Invalid for a driver that the keeper does not write and for bad bounds, OSError when the file cannot be
    opened.
    """
    driver = spec["driver"]
    attrs: dict[str, str] = spec.get("attrs") or {}
    bounds = Bounds(spec.get("options") or {})
    if driver == "json-file":
        return FileLog(JsonFormat(attrs), spec["path"], bounds)
    if driver == "local":
        return FileLog(LocalFormat(attrs), spec["path"], bounds)
    raise Invalid(f"log driver {driver} writes no files")
