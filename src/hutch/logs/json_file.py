"""Reads Docker's json-file format; files written by dockerd too."""

from __future__ import annotations

import os

import msgspec

from hutch.logs.record import NO_ATTRS, Record, pad_time

_PIECE = 64 * 1024
_LINE_LIMIT = 4 * 1024 * 1024


class _Entry(msgspec.Struct, gc=False):
    log: str = ""
    stream: str = ""
    time: str = ""
    attrs: dict[str, str] | None = None


_DECODER = msgspec.json.Decoder(_Entry)


class JsonFile:
    """The format, for :mod:`hutch.logs.read`."""

    def parse(self, data: bytes) -> tuple[list[Record], bytes]:
        """(the whole records at the start of ``data``, the rest of it); damaged records are left out."""
        end = data.rfind(b"\n") + 1
        rest = data[end:]
        if len(rest) > _LINE_LIMIT:
            rest = b""
        whole = data[:end]
        try:
            entries = _DECODER.decode_lines(whole)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            entries = _one_by_one(whole)
        return [_record(entry) for entry in entries], rest

    def start(self, _fd: int, _offset: int) -> bytes:
        """What must be parsed before the data somewhere in the file: nothing."""
        return b""

    def back(self, fd: int, size: int, count: int) -> tuple[int, int]:
        """(offset of the last ``count`` records of the first ``size`` bytes, how many records there are from it on)."""
        if count <= 0:
            return size, 0
        position = size
        found = 0
        while position > 0:
            start = max(0, position - _PIECE)
            piece = os.pread(fd, position - start, start)
            cut = len(piece)
            if position == size and piece.endswith(b"\n"):
                cut -= 1
            while (newline := piece.rfind(b"\n", 0, cut)) >= 0:
                found += 1
                if found == count:
                    return start + newline + 1, found
                cut = newline
            position = start
        return 0, found + (1 if size else 0)


def _one_by_one(data: bytes) -> list[_Entry]:
    entries = []
    for line in data.splitlines():
        try:
            entries.append(_DECODER.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
    return entries


def _record(entry: _Entry) -> Record:
    return Record(entry.stream, pad_time(entry.time), entry.log.encode("utf-8", "replace"), entry.attrs or NO_ATTRS)
