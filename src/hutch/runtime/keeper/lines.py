"""Cuts a stream of output into log records the way Docker does.

A record is a line. A line of 16 KiB or more is cut into parts of 16 KiB that share the time of the first part; only
the last part ends with a newline. What has no newline yet waits, at most 16 KiB of it, until the stream ends.
(Docker: ``daemon/logger/copier``, buffer of 16 KiB.)

For speed the unit of work is a *block*: any number of whole lines that arrived in one read and share one time.
"""

from __future__ import annotations

LIMIT = 16 * 1024
"""Bytes of the longest part of a line, and the most that is held back."""


class LineSplitter:
    """One output stream's state between reads."""

    __slots__ = ("_held", "_part_at")

    def __init__(self) -> None:
        self._held = b""
        self._part_at = 0

    def feed(self, chunk: bytes, now: int) -> list[tuple[bytes, int]]:
        """Blocks ready to be logged, each with its time (``now`` in nanoseconds since 1970).

        A block either ends with a newline (whole lines, or the last part of one long line) or is a part of a line
        that goes on in the next block.
        """
        data = self._held + chunk if self._held else chunk
        end = data.rfind(b"\n") + 1
        if end == 0 and len(data) < LIMIT:
            self._held = data
            return []
        if not self._part_at and _all_short(data, end) and len(data) - end < LIMIT:
            self._held = data[end:]
            return [(data if end == len(data) else data[:end], now)]
        return self._slow(data, now)

    def finish(self, now: int) -> list[tuple[bytes, int]]:
        """The last block when the stream ended inside a line; it has no newline."""
        held, self._held = self._held, b""
        at = self._part_at or now
        self._part_at = 0
        return [(held, at)] if held else []

    def _slow(self, data: bytes, now: int) -> list[tuple[bytes, int]]:
        blocks: list[tuple[bytes, int]] = []
        start = 0
        while True:
            newline = data.find(b"\n", start, start + LIMIT)
            if newline < 0 and len(data) - start < LIMIT:
                break
            if newline < 0:
                self._part_at = self._part_at or now
                blocks.append((data[start : start + LIMIT], self._part_at))
                start += LIMIT
                continue
            blocks.append((data[start : newline + 1], self._part_at or now))
            self._part_at = 0
            start = newline + 1
        self._held = data[start:]
        return blocks


def _all_short(data: bytes, end: int) -> bool:
    """Whether no line in ``data[:end]`` reaches the limit; looks at one newline in 16 KiB only."""
    start = 0
    while end - start > LIMIT:
        newline = data.rfind(b"\n", start, start + LIMIT)
        if newline < 0:
            return False
        start = newline + 1
    return data.find(b"\n", start, start + LIMIT) >= 0 if start < end else True
