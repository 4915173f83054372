"""A log record as readers see it, and its forms on the wire."""

from __future__ import annotations

import struct
import time
from collections.abc import Mapping, Sequence

NO_ATTRS: Mapping[str, str] = {}
_CODES = {"stdout": 1, "stderr": 2}
_head = struct.Struct(">BxxxI").pack  # of a frame (Engine API, attach)


class Record:
    """One line, or one part of a long line (then without a newline at its end).

    ``time`` is RFC 3339 in UTC with nine fractional digits, so that comparing texts compares times.
    """

    __slots__ = ("attrs", "line", "stream", "time")

    def __init__(self, stream: str, time: str, line: bytes, attrs: Mapping[str, str] = NO_ATTRS) -> None:
        self.stream = stream
        self.time = time
        self.line = line
        self.attrs = attrs

    def __repr__(self) -> str:
        return f"Record({self.stream!r}, {self.time!r}, {self.line!r}, {dict(self.attrs)!r})"


def fixed_time(nanoseconds: int) -> str:
    """Nanoseconds since 1970 as the ``time`` of a record."""
    second, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(second))}.{rest:09d}Z"


def pad_time(text: str) -> str:
    """Go's RFC3339Nano in UTC, which cuts trailing zeros, with all nine digits."""
    if len(text) == 30:
        return text
    whole, _, rest = text.removesuffix("Z").partition(".")
    return f"{whole}.{rest:0<9}Z"


def details(attrs: Mapping[str, str]) -> str:
    """Attributes as ``logs --details`` shows them: ``a=b,c=d``, sorted, percent-encoded as a URL query is."""
    from urllib.parse import quote_plus

    return ",".join(f"{quote_plus(name)}={quote_plus(attrs[name])}" for name in sorted(attrs))


def render(records: Sequence[Record], *, mux: bool, timestamps: bool = False, detail: bool = False) -> bytes:
    """The bytes of ``GET /containers/{id}/logs`` for ``records``.

    With ``mux`` each record has a frame of its own, as dockerd sends it: docker-py hands frames on one by one, and
    its users take them for lines.
    """
    out: list[bytes] = []
    for record in records:
        line = record.line
        if timestamps or detail:
            line = _introduced(record, timestamps, detail) + line
        if mux:
            out.append(_head(_CODES.get(record.stream, 1), len(line)))
        out.append(line)
    return b"".join(out)


def _introduced(record: Record, timestamps: bool, detail: bool) -> bytes:
    """What stands before the line."""
    time_ = record.time.encode() + b" " if timestamps else b""
    return time_ + details(record.attrs).encode() + b" " if detail else time_
