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
        """Takes received bytes; raises :class:`CommandError` for an error frame or bytes that are no frame.

        What stands together for one target is written at once: a log has a frame for each line.
        """
        at, end = 0, len(data)
        target = 0
        run: list[bytes] = []
        try:
            while at < end:
                if not self.left:
                    at = self._begin(data, at)
                    continue
                piece = data[at : at + self.left]
                at += len(piece)
                self.left -= len(piece)
                if self.stream > 2:
                    self._told(piece)
                    continue
                if run and target != self.targets[self.stream]:
                    write_all(target, b"".join(run))
                    run = []
                target = self.targets[self.stream]
                run.append(piece)
        finally:
            if run:
                write_all(target, run[0] if len(run) == 1 else b"".join(run))

    def _begin(self, data: bytes, at: int) -> int:
        """Takes what is there of a frame's head; where the payload begins."""
        cut = at + 8 - len(self.head)
        head = self.head + data[at:cut]
        if len(head) < 8:
            self.head = head
            return len(data)
        self.head = b""
        self.stream, self.left = head[0], int.from_bytes(head[1:], "big")  # three zeros first: more is too much
        if self.stream > _STATUS or self.left > _FRAME:
            raise CommandError(f"unrecognized input header: {head[0]}")
        return cut

    def _told(self, piece: bytes) -> None:
        """Takes a part of an exit code, or of an error, which it raises when it is whole."""
        if self.stream == _STATUS:
            self.code += piece
            if not self.left:
                self.status = int.from_bytes(self.code, "big")
            return
        self.error += piece
        if not self.left:
            raise CommandError(f"error from daemon in stream: {self.error.decode('utf-8', 'replace')}")
