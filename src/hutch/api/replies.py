"""What a route answers with: a value that the connection writes. Routes never see the connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

Headers = Sequence[tuple[str, str]]
_encoder = msgspec.json.Encoder()

REASONS = {
    100: "Continue", 101: "Switching Protocols", 200: "OK", 201: "Created", 204: "No Content", 301: "Moved Permanently",
    304: "Not Modified",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 409: "Conflict", 413: "Request Entity Too Large", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}  # fmt: skip


class Reply:
    """A whole answer, with a Content-Length."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int = 200, body: bytes = b"", headers: Headers = ()) -> None:
        self.status = status
        self.body = body
        self.headers = headers


class Stream:
    """An answer sent piece by piece as the iterator yields, in chunks.

    ``eager``: the head is sent as soon as the iterator has started and before its first piece (events, wait); else
    with the first piece, which may be empty, and an error before it is a plain error answer (logs, pull, load).
    ``endless``: the iterator may be idle for ever, so a client that closes its side is taken as gone. ``last_words``
    turns an error after the first piece into a last piece; without it the connection is cut, so that the client can
    tell.
    """

    __slots__ = ("eager", "endless", "headers", "last_words", "pieces", "status")

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        *,
        content_type: str,
        headers: Headers = (),
        eager: bool = False,
        endless: bool = False,
        last_words: Callable[[Exception], bytes] | None = None,
    ) -> None:
        self.status = 200
        self.pieces = pieces
        self.headers = [("Content-Type", content_type), *headers]
        self.eager = eager
        self.endless = endless
        self.last_words = last_words


class Hijacked:
    """The backend took the connection: nothing is left to be written."""

    __slots__ = ()


Answer = Reply | Stream | Hijacked


def encode(value: Any) -> bytes:
    """A JSON document and a line end, as dockerd writes them."""
    return _encoder.encode(value) + b"\n"


def json(value: Any, status: int = 200, headers: Headers = ()) -> Reply:
    """A JSON answer."""
    return Reply(status, encode(value), [("Content-Type", "application/json"), *headers])


def text(value: str, status: int = 200, headers: Headers = ()) -> Reply:
    """A plain text answer."""
    return Reply(status, value.encode(), [("Content-Type", "text/plain; charset=utf-8"), *headers])


def empty(status: int = 204) -> Reply:
    """An answer without a body."""
    return Reply(status)
