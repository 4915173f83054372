"""Output of a container to standard output and error: raw bytes, or frames of both streams (Engine API, attach)."""

from __future__ import annotations

import posix

from hutch.cli.errors import CommandError

_FRAME = 1 << 26
_STATUS = 4


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Writes everything."""
    done = posix.write(fd, data)
    if done < len(data):
        view = memoryview(data)[done:]
        while view:
            view = view[posix.write(fd, view) :]


class Raw:
    """Everything goes to standard output."""

    status: int | None = None

    def feed(self, data: bytes) -> None:
        """Takes received bytes."""
        write_all(1, data)


class Frames:
    """Splits frames: 8 bytes of head (stream, three zeros, length in network order), then the payload.

    A payload is written as it arrives; stream 3 is an error of the engine and ends everything. Our own engine may end
    an exec's with stream 4, the exit code: ``status``.
    """

    def __init__(self, out: int = 1, err: int = 2) -> None:
        self.targets = {0: out, 1: out, 2: err}
        self.head = b""
        self.left = 0
        self.stream = 1
        self.error = b""
        self.code = b""
        self.status: int | None = None

    def feed(self, data: bytes) -> None:
        """Takes received bytes; raises :class:`CommandError` for an error frame or bytes that are no frame."""
        at = 0
        end = len(data)
        while at < end:
            if not self.left:
                take = 8 - len(self.head)
                self.head += data[at : at + take]
                at += take
                if len(self.head) < 8:
                    return
                self.stream = self.head[0]
                self.left = int.from_bytes(self.head[4:], "big")
                if self.stream > _STATUS or self.head[1:4] != b"\0\0\0" or self.left > _FRAME:
                    raise CommandError(f"unrecognized input header: {self.head[0]}")
                self.head = b""
                continue
            piece = data[at : at + self.left]
            at += len(piece)
            self.left -= len(piece)
            if self.stream == _STATUS:
                self.code += piece
                if not self.left:
                    self.status = int.from_bytes(self.code, "big")
            elif self.stream == 3:
                self.error += piece
                if not self.left:
                    raise CommandError(f"error from daemon in stream: {self.error.decode('utf-8', 'replace')}")
            else:
                write_all(self.targets[self.stream], piece)
