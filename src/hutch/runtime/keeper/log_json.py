"""Records in Docker's json-file format.

One JSON object a line: ``{"log":"text\\n","stream":"stdout","attrs":{...},"time":"RFC 3339 with nanoseconds"}``.
The escapes are Docker's: ``\\n``, ``\\r``, ``\\"``, ``\\\\`` short, every other control character and ``<``, ``>``,
``&`` as ``\\u00xx``, U+2028 and U+2029 as ``\\u2028`` and ``\\u2029``, each byte that is not UTF-8 as ``\\ufffd``.

A block of many lines is escaped as a whole, and then every newline in it is replaced by the end of one record and
the start of the next: a few passes over memory in C instead of a loop over lines.
"""

from __future__ import annotations

import os
import time

from hutch.model import json_text

_PLAIN = bytes(b for b in range(0x20, 0x100) if b not in b'"\\<>&') + b"\n"
_ESCAPES = {b: b"\\u%04x" % b for b in (*range(0x20), *b"<>&")}
_ESCAPES.update({0x0D: b"\\r", 0x22: b'\\"', 0x5C: b"\\\\"})
_INVALID = dict.fromkeys(range(0xDC80, 0xDD00), "\\ufffd")
_START = b'{"log":"'


def escape(block: bytes) -> bytes:
    """``block`` as the inside of a JSON string, newlines left as they are."""
    special = block.translate(None, _PLAIN)
    if special:
        if b"\\" in special:  # first: the other escapes bring backslashes of their own
            block = block.replace(b"\\", _ESCAPES[0x5C])
        for byte in set(special) - {0x5C}:
            block = block.replace(bytes((byte,)), _ESCAPES[byte])
    return block if block.isascii() else _escape_unicode(block)


def _escape_unicode(block: bytes) -> bytes:
    block = block.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
    try:
        block.decode()
    except UnicodeDecodeError:
        return block.decode("utf-8", "surrogateescape").translate(_INVALID).encode()
    return block


class Clock:
    """Renders times as RFC 3339 in UTC with up to nine fractional digits, trailing zeros cut, as Go does."""

    __slots__ = ("_second", "_text")

    def __init__(self) -> None:
        self._second = -1
        self._text = b""

    def render(self, at: int) -> bytes:
        """``at`` is in nanoseconds since 1970."""
        second, nanos = divmod(at, 1_000_000_000)
        if second != self._second:
            self._second = second
            self._text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)).encode()
        if not nanos:
            return self._text + b"Z"
        return self._text + b"." + (b"%09d" % nanos).rstrip(b"0") + b"Z"


class JsonFormat:
    """The json-file format with one container's extra attributes."""

    boundary = b"\n"
    """The byte that ends a record and occurs nowhere else in it, so a buffer of records can be cut after it."""

    def __init__(self, attrs: dict[str, str]) -> None:
        self._clock = Clock()
        tail = b""
        if attrs:
            text = json_text.encode(dict(sorted(attrs.items())))
            for char in "<>&\u2028\u2029":
                text = text.replace(char, f"\\u{ord(char):04x}")
            tail = b'"attrs":' + text.encode("utf-8", "replace") + b","
        self._tails = {
            name: b'","stream":"' + name.encode() + b'",' + tail + b'"time":"' for name in ("stdout", "stderr")
        }

    def encode(self, stream: str, block: bytes, at: int) -> bytes:
        """The records of a block of :mod:`lines`."""
        end = self._tails[stream] + self._clock.render(at) + b'"}\n'
        if not block.endswith(b"\n"):
            return _START + escape(block) + end
        text = escape(block)
        records = text.replace(b"\n", b"\\n" + end + _START)
        return b"".join((_START, memoryview(records)[: -len(_START)]))

    def fit(self, block: bytes, _rooms: tuple[int, int] | None) -> int:
        """All of it: records are cut apart at their boundaries afterwards."""
        return len(block)

    def repair(self, fd: int) -> int:
        """Close a record that an earlier keeper left half written; the size of the file after it."""
        size = os.lseek(fd, 0, os.SEEK_END)
        if size and os.pread(fd, 1, size - 1) != b"\n":
            size += os.write(fd, b"\n")
        return size
