"""The log of one container as the keeper writes it: which driver, which bounds, and what happens when the disk is full.

A full disk never stops the container: what cannot be written is counted, and the next record that fits says so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hutch.model.errors import Invalid
from hutch.runtime.keeper.lines import LineSplitter
from hutch.runtime.keeper.rotate import RotatedFile

if TYPE_CHECKING:
    from hutch.runtime.keeper.log_json import JsonFormat
    from hutch.runtime.keeper.log_local import LocalFormat

MAX_SIZE = 20_000_000
MAX_FILE = 5
"""Bounds when the options name none: logs never fill a disk."""

_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4, "p": 1024**5}


def parse_size(text: str) -> int:
    """Bytes in ``10m``, ``1.5g``, ``512kb``, ``20MiB`` (units of 1024); raises Invalid in Docker's words."""
    digits = text.rstrip("bBiIkKmMgGtTpP ")
    unit = text[len(digits) :].strip().lower()
    unit = unit[:-2] if unit.endswith("ib") else unit[:-1] if len(unit) > 1 and unit.endswith("b") else unit
    if unit not in _UNITS or not digits.replace(".", "", 1).isascii() or not digits.replace(".", "", 1).isdigit():
        raise Invalid(f"invalid size: '{text}'")
    return int(float(digits) * _UNITS[unit])


class Bounds:
    """``max-size``, ``max-file`` and ``compress`` of a file driver, with the defaults filled in."""

    __slots__ = ("compress", "max_file", "max_size")

    def __init__(self, options: Mapping[str, str]) -> None:
        size = options.get("max-size", "")
        self.max_size = MAX_SIZE if not size else -1 if size == "-1" else parse_size(size)
        if self.max_size == -1:
            self.max_size = 0
        self.max_file = int(options.get("max-file") or MAX_FILE)
        self.compress = options.get("compress", "true").lower() in ("1", "t", "true")


class NoLog:
    """Driver ``none``: nothing is kept."""

    compressor = 0

    def write(self, stream: str, chunk: bytes) -> None:
        """Forget ``chunk``."""

    def finish(self, stream: str) -> None:
        """The stream ended."""

    def compressed(self, status: int) -> None:
        """Never called: nothing is compressed."""

    def close(self) -> None:
        """Nothing to close."""


class FileLog:
    """Drivers ``json-file`` and ``local``."""

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

    @property
    def compressor(self) -> int:
        """The pid of the running compressor, or 0."""
        return self._file.compressor

    def write(self, stream: str, chunk: bytes) -> None:
        """Log what was read from ``stream`` (``stdout`` or ``stderr``)."""
        for block, at in self._lines[stream].feed(chunk, time.time_ns()):
            self._append(stream, block, at)

    def finish(self, stream: str) -> None:
        """The stream ended: log an unfinished last line."""
        for block, at in self._lines[stream].finish(time.time_ns()):
            self._append(stream, block, at)

    def _append(self, stream: str, block: bytes, at: int) -> None:
        try:
            if self._lost:
                note = f"[hutch: {self._lost} bytes of output were not logged: {self._why}]\n".encode()
                self._file.write(self._form.encode("stderr", note, at))
                self._lost = 0
            self._file.write(self._form.encode(stream, block, at))
        except OSError as error:
            self._lost += len(block)
            self._why = os.strerror(error.errno or 0)

    def compressed(self, status: int) -> None:
        """The compressor was reaped with wait status ``status``."""
        try:
            self._file.compressed(status)
        except OSError as error:
            self._why = os.strerror(error.errno or 0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


Log = NoLog | FileLog


def open_log(spec: Mapping[str, Any] | None) -> Log:
    """The log described by ``{"driver","path","options","attrs"}`` (docs/map.md, Launcher).

    Raises Invalid for a driver that the keeper does not write and for bad bounds, OSError when the file cannot be
    opened.
    """
    driver = spec["driver"] if spec else "none"
    if not spec or driver == "none":
        return NoLog()
    attrs: dict[str, str] = spec.get("attrs") or {}
    if driver == "json-file":
        from hutch.runtime.keeper.log_json import JsonFormat

        return FileLog(JsonFormat(attrs), spec["path"], Bounds(spec.get("options") or {}))
    if driver == "local":
        from hutch.runtime.keeper.log_local import LocalFormat

        return FileLog(LocalFormat(attrs), spec["path"], Bounds(spec.get("options") or {}))
    raise Invalid(f"log driver {driver} writes no files")
