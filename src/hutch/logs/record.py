"""A log record as readers see it, and its forms on the wire."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

NO_ATTRS: Mapping[str, str] = {}
_CODES = {"stdout": 1, "stderr": 2}


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

    With ``mux`` neighbours of one stream share a frame: the client cannot tell, and it is several times as fast.
    """
    out: list[bytes] = []
    run: list[bytes] = []
    stream = ""
    for record in records:
        if record.stream != stream and run:
            _close(out, run, stream, mux)
            run = []
        stream = record.stream
        if timestamps:
            run.append(record.time.encode() + b" ")
        if detail:
            run.append(details(record.attrs).encode() + b" ")
        run.append(record.line)
    if run:
        _close(out, run, stream, mux)
    return b"".join(out)


def _close(out: list[bytes], run: list[bytes], stream: str, mux: bool) -> None:
    text = b"".join(run)
    if mux:
        out.append(bytes((_CODES.get(stream, 1), 0, 0, 0)) + len(text).to_bytes(4, "big"))
    out.append(text)
