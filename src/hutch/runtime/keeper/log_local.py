"""Records of the ``local`` driver: compact, binary, fast to write and to read from the end.

A file is a sequence of blocks. Integers are big-endian::

    u32 length of the payload | u8 stream (1 stdout, 2 stderr, 3 attributes) | i64 nanoseconds since 1970 | payload
    | u32 length of the payload again

The payload is a block of :mod:`lines`: whole lines that share one time, or one part of a long line (then it has no
newline at its end). The trailing length lets a reader walk backwards. A block of kind 3 holds the extra attributes
of all following blocks as a JSON object; every file that has attributes starts with one.
"""

from __future__ import annotations

import os
import struct

from hutch.model import json_text

HEAD = struct.Struct(">IBq")
TAIL = struct.Struct(">I")
OVERHEAD = HEAD.size + TAIL.size
STDOUT, STDERR, ATTRIBUTES = 1, 2, 3
STREAMS = {"stdout": STDOUT, "stderr": STDERR}
PAYLOAD_LIMIT = 4 * 1024 * 1024
"""A length above this is a damaged file, not a block."""


def pack(kind: int, at: int, payload: bytes) -> bytes:
    """One block."""
    return b"".join((HEAD.pack(len(payload), kind, at), payload, TAIL.pack(len(payload))))


class LocalFormat:
    """The local format with one container's extra attributes."""

    boundary = b""

    def __init__(self, attrs: dict[str, str]) -> None:
        text = json_text.encode(dict(sorted(attrs.items()))).encode("utf-8", "surrogateescape") if attrs else b""
        self.head = pack(ATTRIBUTES, 0, text) if text else b""

    def encode(self, stream: str, block: bytes, at: int) -> bytes:
        """The block as it stands in the file."""
        return pack(STREAMS[stream], at, block)

    def fit(self, block: bytes, rooms: tuple[int, int] | None) -> int:
        """How much of ``block`` goes into one piece: lines that fit into this file, else into the next one.

        ``rooms`` are of :class:`~hutch.runtime.keeper.rotate.RotatedFile`. One line at least, however long.
        """
        for room in rooms or ():
            if len(block) + OVERHEAD <= room:
                break
            if end := block.rfind(b"\n", 0, max(0, room - OVERHEAD)) + 1:
                return end
        else:
            if rooms:
                return block.find(b"\n") + 1 or len(block)
        return len(block)

    def repair(self, fd: int) -> int:
        """Cut off a block that an earlier keeper left half written; the size of the file after it."""
        size = os.lseek(fd, 0, os.SEEK_END)
        whole = whole_size(fd, size)
        if whole != size:
            os.ftruncate(fd, whole)
            os.lseek(fd, 0, os.SEEK_END)
        return whole


def whole_size(fd: int, size: int) -> int:
    """How many of the first ``size`` bytes of the file are whole blocks."""
    if size >= OVERHEAD:
        (length,) = TAIL.unpack(os.pread(fd, TAIL.size, size - TAIL.size))
        start = size - OVERHEAD - length
        if length <= PAYLOAD_LIMIT and start >= 0 and os.pread(fd, 4, start) == TAIL.pack(length):
            return size
    position = 0
    while position + OVERHEAD <= size:
        length, _, _ = HEAD.unpack(os.pread(fd, HEAD.size, position))
        end = position + OVERHEAD + length
        if length > PAYLOAD_LIMIT or end > size or os.pread(fd, TAIL.size, end - TAIL.size) != TAIL.pack(length):
            break
        position = end
    return position
