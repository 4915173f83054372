"""Compressed streams: found out by their first bytes, decompressed piece by piece with bounded memory.

gzip (isal), zstd, bzip2 and xz, each also as several members one after another (RFC 1952, 2.2; RFC 8878, 3.1). No
outside program is started: an archive must not choose what runs (CVE-2026-41567).
"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator
from typing import Any, cast

import zstandard
from isal import igzip_lib, isal_zlib

from hutch.model.errors import Invalid
from hutch.model.limits import DEFAULT, Limits

CHUNK = 1 << 20
_ZSTD_FEED = 1 << 8  # bytes given at once: four can stand for 128 KiB, and zstd has no bound on output but our input
_ZSTD_WINDOW = 1 << 27
_XZ_MEMORY = 1 << 27

GZIP, ZSTD, BZIP2, XZ, NONE = "gzip", "zstd", "bzip2", "xz", ""

Read = Callable[[int], bytes]


def detect(head: bytes) -> str:
    """The compression whose magic number ``head`` begins with, or "" for none. Six bytes suffice."""
    if head.startswith(b"\x1f\x8b\x08"):
        return GZIP
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F):
        return ZSTD
    if head.startswith(b"BZh"):
        return BZIP2
    if head.startswith(b"\xfd7zXZ\x00"):
        return XZ
    return NONE


def decompress(read: Read, limits: Limits = DEFAULT) -> Iterator[bytes]:
    """The uncompressed content of what ``read(n)`` gives, in pieces of at most some megabytes.

    Raises Invalid if the stream is damaged, ends early, has something after its end, or grows beyond the limits.
    """
    head = read(CHUNK)
    while 0 < len(head) < 6 and (more := read(CHUNK)):
        head += more
    kind = detect(head)
    taken = _Counter(read, head)
    pieces = taken.pieces() if not kind else _members(kind, taken)
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limits.size:
            raise Invalid(f"archive is larger than {limits.size} bytes")
        if kind and size > limits.ratio_from and size > taken.count * limits.ratio:
            raise Invalid(
                f"archive grows more than {limits.ratio} times when decompressed, and over {limits.ratio_from} bytes",
                hint="this looks like a bomb; if it is none, free room on the disk, or give it uncompressed",
            )
        yield piece


class _Counter:
    """Input with a first piece that was already read, and a count of what was handed out."""

    def __init__(self, read: Read, head: bytes) -> None:
        self._read = read
        self._head = head
        self.count = 0

    def next(self) -> bytes:
        piece, self._head = self._head or self._read(CHUNK), b""
        self.count += len(piece)
        return piece

    def pieces(self) -> Iterator[bytes]:
        while piece := self.next():
            yield piece


def _members(kind: str, taken: _Counter) -> Iterator[bytes]:
    """Member after member until the input ends."""
    data = taken.next()
    while data:
        member = _NEW[kind]()
        try:
            while not member.eof:
                if not data and not (data := taken.next()):
                    raise Invalid(f"{kind} stream ends early")
                out, data = _FEED.get(kind, _feed_bounded)(member, data)
                if out:
                    yield out
        except _DAMAGE as error:
            raise Invalid(f"{kind} stream is damaged: {error}") from error
        data = data or taken.next()
        if data and kind in (GZIP, XZ) and not data.strip(b"\0"):
            data = _only_padding(taken, kind)


def _only_padding(taken: _Counter, kind: str) -> bytes:
    """Null bytes after the last member are padding, as tape blocks have it; anything after them is not."""
    for piece in taken.pieces():
        if piece.strip(b"\0"):
            raise Invalid(f"{kind} stream has something after its end")
    return b""


def _feed_bounded(member: Any, data: bytes) -> tuple[bytes, bytes]:
    """bzip2 and xz keep input they have not used yet; give more only when they ask."""
    out: bytes = member.decompress(data if member.needs_input else b"", CHUNK)
    if member.eof:
        return out, member.unused_data
    return out, b"" if member.needs_input else _HELD


_DAMAGE: tuple[type[Exception], ...] = (
    cast("type[Exception]", igzip_lib.IsalError), zstandard.ZstdError, lzma.LZMAError, OSError, EOFError, ValueError
)  # fmt: skip
_HELD = b"\0"  # stands for "the decompressor still has input of its own"; never given to it, as needs_input is false


def _feed_gzip(member: Any, data: bytes) -> tuple[bytes, bytes]:
    out: bytes = member.decompress(data, CHUNK)
    return out, member.unused_data if member.eof else member.unconsumed_tail


def _feed_zstd(member: Any, data: bytes) -> tuple[bytes, bytes]:
    outs, size, at = [], 0, 0
    while at < len(data) and size < CHUNK and not member.eof:
        out = member.decompress(data[at : at + _ZSTD_FEED])
        at += _ZSTD_FEED
        size += len(out)
        outs.append(out)
    rest = data[at:]
    return b"".join(outs), (member.unused_data + rest) if member.eof else rest


_NEW: dict[str, Callable[[], Any]] = {
    GZIP: lambda: isal_zlib.decompressobj(wbits=31),
    ZSTD: lambda: zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj(),
    BZIP2: bz2.BZ2Decompressor,
    XZ: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
}
_FEED: dict[str, Callable[[Any, bytes], tuple[bytes, bytes]]] = {GZIP: _feed_gzip, ZSTD: _feed_zstd}
