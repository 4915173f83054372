"""Where a request body ends: by Content-Length or in chunks (RFC 9112, 6 and 7.1). Bytes in, bytes out, no I/O."""

from __future__ import annotations

from typing import Protocol

from hutch.api.http.head import BadRequest

PIECE = 64 << 10  # bytes handed out at once
MAX_CHUNK_LINE = 4096  # a chunk's size with its extensions, which are ignored
MAX_TRAILER = 16 << 10


class Framing(Protocol):
    """Takes a body out of the front of a buffer that grows as bytes arrive."""

    done: bool

    def take(self, buffer: bytearray) -> bytes:
        """Remove and return the next piece of the body; empty when more bytes are needed or the body is ``done``."""
        ...


class Sized:
    """A body of a known length (none at all is a length of 0)."""

    __slots__ = ("done", "left")

    def __init__(self, length: int) -> None:
        self.left = length
        self.done = length == 0

    def take(self, buffer: bytearray) -> bytes:
        """See :meth:`Framing.take`."""
        piece = bytes(buffer[: min(PIECE, self.left)])
        del buffer[: len(piece)]
        self.left -= len(piece)
        self.done = self.left == 0
        return piece


class Chunked:
    """A body in chunks; trailer fields are read and dropped."""

    __slots__ = ("_left", "_state", "_trailer", "done")

    def __init__(self) -> None:
        self.done = False
        self._state = "size"
        self._left = 0
        self._trailer = 0

    def take(self, buffer: bytearray) -> bytes:
        """See :meth:`Framing.take`; raises :class:`BadRequest` for anything that is not well-formed."""
        while not self.done:
            if self._state == "data":
                piece = bytes(buffer[: min(PIECE, self._left)])
                del buffer[: len(piece)]
                self._left -= len(piece)
                if self._left == 0:
                    self._state = "end"
                if piece:
                    return piece
            elif self._state == "end":
                if not b"\r\n".startswith(buffer[:2]):
                    raise BadRequest("malformed chunk: no line end after its data")
                if len(buffer) < 2:
                    return b""
                del buffer[:2]
                self._state = "size"
            elif not self._line(buffer):
                return b""
            if self._state == "data" and not buffer:
                return b""
        return b""

    def _line(self, buffer: bytearray) -> bool:
        """Consume one line (a chunk size or a trailer field); false when it is not there yet."""
        end = buffer.find(b"\n", 0, MAX_CHUNK_LINE)
        if end < 0:
            if len(buffer) >= MAX_CHUNK_LINE:
                raise BadRequest("malformed chunk: line too long")
            return False
        line = bytes(buffer[: end + 1])
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line:
            raise BadRequest("malformed chunk: bad line end")
        del buffer[: end + 1]
        if self._state == "size":
            self._left = _chunk_size(line)
            self._state = "data" if self._left else "trailer"
        elif line == b"\r\n":
            self.done = True
        else:
            self._trailer += len(line)
            if self._trailer > MAX_TRAILER:
                raise BadRequest("trailer too long", 431)
        return True


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip(b" \t\r\n")
    if not 0 < len(digits) <= 15 or digits.strip(b"0123456789abcdefABCDEF"):
        raise BadRequest("malformed chunk size")
    return int(digits, 16)


def framing(length: int, *, chunked: bool) -> Framing:
    """The framing that a request head asks for."""
    return Chunked() if chunked else Sized(length)
