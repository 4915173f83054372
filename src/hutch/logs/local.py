"""Reads the ``local`` driver's files (the format is in :mod:`hutch.runtime.keeper.log_local`)."""

from __future__ import annotations

import json
import os

from hutch.logs.record import NO_ATTRS, Record, fixed_time
from hutch.runtime.keeper import log_local as form

_NAMES = {code: name for name, code in form.STREAMS.items()}


class Local:
    """The format, for :mod:`hutch.logs.read`; remembers the attributes of the file it reads."""

    def __init__(self) -> None:
        self._attrs = NO_ATTRS

    def parse(self, data: bytes) -> tuple[list[Record], bytes]:
        """(the records of the whole blocks at the start of ``data``, the rest of it); nothing after damage is read."""
        records: list[Record] = []
        position = 0
        while position + form.OVERHEAD <= len(data):
            length, kind, at = form.HEAD.unpack_from(data, position)
            end = position + form.OVERHEAD + length
            if length > form.PAYLOAD_LIMIT:
                return records, b""
            if end > len(data):
                break
            payload = data[position + form.HEAD.size : end - form.TAIL.size]
            position = end
            if kind == form.ATTRIBUTES:
                self._attrs = json.loads(payload)
            elif kind in _NAMES:
                name, time = _NAMES[kind], fixed_time(at)
                records += [Record(name, time, line, self._attrs) for line in _lines(payload)]
        return records, data[position:]

    def start(self, fd: int, offset: int) -> bytes:
        """The block of attributes at the start of the file, when reading begins behind it."""
        head = os.pread(fd, form.HEAD.size, 0)
        if len(head) < form.HEAD.size or not offset:
            return b""
        length, kind, _ = form.HEAD.unpack(head)
        if kind != form.ATTRIBUTES or length > form.PAYLOAD_LIMIT or offset < form.OVERHEAD + length:
            return b""
        return os.pread(fd, form.OVERHEAD + length, 0)

    def back(self, fd: int, size: int, count: int) -> tuple[int, int]:
        """(offset of a block from which at least the last ``count`` records follow, how many follow)."""
        position = form.whole_size(fd, size)
        found = 0
        while position >= form.OVERHEAD and found < count:
            (length,) = form.TAIL.unpack(os.pread(fd, form.TAIL.size, position - form.TAIL.size))
            start = position - form.OVERHEAD - length
            if start < 0 or length > form.PAYLOAD_LIMIT:
                break
            block = os.pread(fd, form.HEAD.size + length, start)
            if form.HEAD.unpack_from(block)[1] in _NAMES:
                found += len(_lines(block[form.HEAD.size :]))
            position = start
        return position, found


def _lines(payload: bytes) -> list[bytes]:
    """The lines with their newlines; only ``\\n`` ends one."""
    lines = [line + b"\n" for line in payload.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
