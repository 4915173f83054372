"""A request head from bytes: request line and header fields (RFC 9112), judged strictly and within bounds.

httptools (llhttp) tokenises; what it lets through and a server must not believe (HTTP/0.9, CONNECT, transfer codings
other than chunked, several hosts) is refused here. Framing decides where the next request begins, so every doubt
about Content-Length and Transfer-Encoding ends the connection (request smuggling).
"""

from __future__ import annotations

from urllib.parse import unquote

import httptools

MAX_HEAD = 256 << 10  # bytes of request line and fields; build arguments travel in the query
MAX_FIELDS = 256
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))
_SINGLE = frozenset(("host", "content-length", "transfer-encoding", "content-type", "expect", "origin"))
_HEX = frozenset("0123456789abcdefABCDEF")


class BadRequest(Exception):
    """The bytes are not a request this server answers; ``status`` is sent and the connection ends."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Head:
    """One request head. ``headers`` has lower-case names; repeated fields are joined with a comma and a blank."""

    __slots__ = (
        "chunked",
        "expects",
        "headers",
        "http10",
        "keep_alive",
        "length",
        "method",
        "path",
        "query",
        "upgrade",
    )

    def __init__(self, method: str, path: str, query: str, headers: dict[str, str], *, http10: bool = False) -> None:
        self.method = method
        self.path = path  # percent-decoded
        self.query = query  # as sent
        self.headers = headers
        self.http10 = http10
        tokens = [token.strip().lower() for token in headers.get("connection", "").split(",")]
        self.keep_alive = "close" not in tokens and (not http10 or "keep-alive" in tokens)
        self.upgrade = headers.get("upgrade", "").strip().lower() if "upgrade" in tokens else ""
        self.chunked = _is_chunked(headers, http10)
        self.length = _content_length(headers)
        self.expects = headers.get("expect", "").lower() == "100-continue" and not http10


def find_end(buffer: bytearray, start: int = 0) -> int:
    """The offset just after the blank line that ends the head, or -1; ``start`` bytes have been searched already.

    A bare LF counts as a line end for finding the end only: the parser then refuses the head at once, where waiting
    for a CR LF that never comes would hold the connection until its timeout.
    """
    strict, bare = buffer.find(b"\n\r\n", start), buffer.find(b"\n\n", start)
    if strict >= 0 and (bare < 0 or strict < bare):
        return strict + 3
    return bare + 2 if bare >= 0 else -1


def parse(data: bytes) -> Head:
    """The head that ``data`` is, whole, with its blank line; raises :class:`BadRequest`."""
    fields = _Fields()
    parser = httptools.HttpRequestParser(fields)
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        pass  # the head ended in an upgrade; what follows it is none of the parser's business
    except httptools.HttpParserCallbackError:
        raise BadRequest("too many header fields", 431) from None
    except httptools.HttpParserError as error:
        raise BadRequest(f"malformed request: {str(error) or type(error).__name__}") from None
    if not fields.complete:
        raise BadRequest("malformed request: incomplete head")
    version = parser.get_http_version()
    if version not in ("1.0", "1.1"):
        raise BadRequest("unsupported HTTP version", 505)
    method = parser.get_method().decode("ascii")
    if method not in METHODS:
        raise BadRequest("method not allowed", 405)
    path, query = _split_target(fields.target)
    headers = _join(fields.fields)
    if version == "1.1" and "host" not in headers:
        raise BadRequest("missing required Host header")
    return Head(method, path, query, headers, http10=version == "1.0")


class _Fields:
    """Collects what the parser reports."""

    __slots__ = ("complete", "fields", "target")

    def __init__(self) -> None:
        self.target = b""
        self.fields: list[tuple[bytes, bytes]] = []
        self.complete = False

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.fields) >= MAX_FIELDS:
            raise OverflowError
        self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        self.complete = True


def _join(fields: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip()
        if name not in headers:
            headers[name] = value
        elif name in _SINGLE:
            raise BadRequest(f"more than one {name} header field")
        else:
            headers[name] += ", " + value
    return headers


def _split_target(target: bytes) -> tuple[str, str]:
    text = target.decode("latin-1")
    if "://" in text.partition("?")[0]:  # absolute form, as clients of proxies send it
        text = "/" + text.partition("://")[2].partition("/")[2]
    if not text.startswith("/"):
        raise BadRequest("malformed request target")
    raw, _, query = text.partition("#")[0].partition("?")
    pieces = raw.split("%")
    if any(len(piece) < 2 or not _HEX.issuperset(piece[:2]) for piece in pieces[1:]):
        raise BadRequest("malformed escape in the request target")
    return unquote(raw), query


def _is_chunked(headers: dict[str, str], http10: bool) -> bool:
    coding = headers.get("transfer-encoding")
    if coding is None:
        return False
    if http10 or "content-length" in headers:
        raise BadRequest("Transfer-Encoding is not possible here")
    if coding.lower() != "chunked":
        raise BadRequest("unsupported transfer coding", 501)
    return True


def _content_length(headers: dict[str, str]) -> int:
    value = headers.get("content-length")
    if value is None:
        return 0
    if not (value.isascii() and value.isdigit()) or len(value) > 18:
        raise BadRequest("malformed Content-Length")
    return int(value)
