"""HTTP/1.1 by hand on one socket: just what an engine's API needs, without importing ``http`` or ``socket``."""

from __future__ import annotations

import _socket

from hutch.cli.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

CHUNK = 1 << 16
_HEAD = 1 << 18
_BODY = 1 << 30


class Wire:
    """A connection: send a request head and body, read the answer. ``socket`` is plain or TLS."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.buffer = b""
        self.busy = False

    def close(self) -> None:
        """Ends the connection."""
        self.socket.close()

    def send(self, method: str, target: str, headers: Iterable[str], body: bytes | None) -> None:
        """Sends a request with a complete body."""
        lines = [f"{method} {target} HTTP/1.1", "Host: hutch", "User-Agent: hutch", *headers]
        if body is not None or method == "POST":
            lines.append(f"Content-Length: {len(body or b'')}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + (body or b""))
        self.busy = True

    def upload(self, method: str, target: str, headers: Iterable[str], pieces: Iterable[bytes]) -> None:
        """Sends a request whose body comes in pieces (chunked)."""
        lines = [f"{method} {target} HTTP/1.1", "Host: hutch", "User-Agent: hutch", *headers]
        self.socket.sendall("\r\n".join([*lines, "Transfer-Encoding: chunked", "", ""]).encode())
        self.busy = True
        try:
            for piece in pieces:
                if piece:
                    self.socket.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.socket.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            return  # the engine wants no more of it; its answer says why

    def more(self) -> bool:
        """Receives some bytes into the buffer; False at the end of the connection."""
        piece = self.socket.recv(CHUNK)
        self.buffer += piece
        return bool(piece)

    def line(self) -> bytes:
        """The next line without its end; raises :class:`CommandError` if the connection ends first."""
        while (end := self.buffer.find(b"\n")) < 0:
            if len(self.buffer) > _HEAD or not self.more():
                raise CommandError("the engine closed the connection in the middle of an answer")
        line, self.buffer = self.buffer[:end], self.buffer[end + 1 :]
        return line.rstrip(b"\r")

    def answer(self) -> Answer:
        """Reads the head of the answer."""
        while True:
            while (end := self.buffer.find(b"\r\n\r\n")) < 0:
                if len(self.buffer) > _HEAD or not self.more():
                    raise CommandError("the engine closed the connection without an answer")
            head, self.buffer = self.buffer[:end].decode("latin-1").split("\r\n"), self.buffer[end + 4 :]
            version, _, rest = head[0].partition(" ")
            if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
                raise CommandError(f"not an HTTP answer: {head[0][:80]!r}")
            status = int(rest[:3])
            headers = {}
            for row in head[1:]:
                name, _, value = row.partition(":")
                headers[name.lower()] = value.strip()
            if status != 100:
                return Answer(self, status, headers)


class Answer:
    """The answer to a request: ``status``, ``headers`` (lower-case names), and a body to read once."""

    def __init__(self, wire: Wire, status: int, headers: dict[str, str]) -> None:
        self.wire = wire
        self.status = status
        self.headers = headers

    def pieces(self) -> Iterator[bytes]:
        """The body as it arrives."""
        if "chunked" in self.headers.get("transfer-encoding", ""):
            yield from self._chunks()
        elif "content-length" in self.headers:
            left = int(self.headers["content-length"])
            while left:
                if not self.wire.buffer and not self.wire.more():
                    raise CommandError("the engine closed the connection in the middle of an answer")
                piece = self.wire.buffer[:left]
                self.wire.buffer = self.wire.buffer[left:]
                left -= len(piece)
                yield piece
        elif self.status not in (204, 304) and self.headers.get("connection", "").lower() != "keep-alive":
            while self.wire.buffer or self.wire.more():
                piece, self.wire.buffer = self.wire.buffer, b""
                yield piece
            return
        self.wire.busy = self.headers.get("connection", "").lower() == "close"

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.wire.line().split(b";")[0], 16):
            while size:
                if not self.wire.buffer and not self.wire.more():
                    raise CommandError("the engine closed the connection in the middle of an answer")
                piece = self.wire.buffer[:size]
                self.wire.buffer = self.wire.buffer[size:]
                size -= len(piece)
                yield piece
            self.wire.line()
        while self.wire.line():
            pass

    def read(self) -> bytes:
        """The whole body (at most 1 GiB)."""
        out = []
        size = 0
        for piece in self.pieces():
            size += len(piece)
            if size > _BODY:
                raise CommandError("the engine's answer is too large")
            out.append(piece)
        return b"".join(out)


def connect_unix(path: str) -> Wire:
    """A connection to a unix socket; raises OSError."""
    socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        socket.connect(path)
    except OSError:
        socket.close()
        raise
    return Wire(socket)


def connect_tcp(host: str, port: int) -> Wire:
    """A connection to a TCP port; raises OSError."""
    last: OSError = OSError(f"no address for {host}")
    for family, kind, protocol, _, target in _socket.getaddrinfo(host, port, 0, _socket.SOCK_STREAM):
        socket = _socket.socket(family, kind, protocol)
        try:
            socket.connect(target)
        except OSError as error:
            socket.close()
            last = error
            continue
        socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        return Wire(socket)
    raise last


def connect_tls(host: str, port: int, files: dict[str, str], verify: bool) -> Wire:
    """A TLS connection; ``files`` has the paths ``ca``, ``cert``, ``key`` (those that do not exist are left out)."""
    from hutch.cli import tls  # late: ssl takes long to import

    return Wire(tls.connect(host, port, files, verify))
