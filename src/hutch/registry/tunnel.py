"""TLS inside of TLS: a registry over https, reached through a proxy that is itself spoken to over TLS.

A TLS socket cannot be wrapped once more: OpenSSL would take the descriptor below. So the inner connection works on
memory (``ssl.MemoryBIO``), and what it wants to send or read goes through the outer socket (RFC 9110, 9.3.6: CONNECT).
"""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPResponse
from typing import Any, TypeVar, cast

_PIECE = 1 << 16

T = TypeVar("T")


class ThroughTls(HTTPConnection):
    """A connection to ``host``:``port`` over TLS (``inner``), through a proxy over TLS (``outer``)."""

    default_port = 443

    def __init__(
        self, host: str, port: int, proxy: tuple[str, int], headers: Mapping[str, str], outer: ssl.SSLContext,
        inner: ssl.SSLContext, *, timeout: float,
    ) -> None:  # fmt: skip
        """``headers`` are for the proxy alone."""
        super().__init__(host, port, timeout=timeout)
        self._proxy, self._headers, self._outer, self._inner = proxy, headers, outer, inner
        self._seconds = timeout

    def connect(self) -> None:
        """See HTTPConnection. Raises OSError, also when the proxy refuses."""
        plain = socket.create_connection(self._proxy, self._seconds)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            outer = self._outer.wrap_socket(plain, server_hostname=self._proxy[0])
        except BaseException:
            plain.close()
            raise
        try:
            self._ask(outer)
            self.sock: Any = Inner(outer, self._inner, self.host)
        except BaseException:
            outer.close()
            raise

    def _ask(self, outer: ssl.SSLSocket) -> None:
        host = f"[{self.host}]" if ":" in self.host else self.host
        lines = [f"CONNECT {host}:{self.port} HTTP/1.1", f"Host: {host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in self._headers.items()]
        outer.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
        answer = HTTPResponse(outer, method="CONNECT")
        try:
            answer.begin()
            if answer.status != 200:
                raise OSError(f"Tunnel connection failed: {answer.status} {answer.reason}")
        finally:
            answer.close()


class Inner:
    """What ``http.client`` uses of a socket, over TLS through another TLS socket, which it owns."""

    def __init__(self, outer: ssl.SSLSocket, context: ssl.SSLContext, name: str) -> None:
        """Shakes hands. Raises OSError; the outer socket is still the caller's then."""
        self._outer = outer
        self._came, self._goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._goes, server_hostname=name)
        self._users = 1  # this and the files made of it: the last one closes
        self._step(self._tls.do_handshake)

    def _step(self, act: Callable[[], T]) -> T:
        """What ``act`` gives, fed with what comes until it can tell; what it has to say is sent."""
        while True:
            try:
                result = act()
            except ssl.SSLWantReadError:
                self._flush()
                if data := self._outer.recv(_PIECE):
                    self._came.write(data)
                else:
                    self._came.write_eof()
                continue
            self._flush()
            return result

    def _flush(self) -> None:
        if data := self._goes.read():
            self._outer.sendall(data)

    def sendall(self, data: bytes) -> None:
        """As socket.sendall."""
        view = memoryview(data).cast("B")
        while view:
            piece = view[:_PIECE]
            view = view[self._step(lambda piece=piece: self._tls.write(piece)) :]  # type: ignore[misc]

    def recv_into(self, buffer: Any) -> int:
        """As socket.recv_into; nothing at the end of the connection."""
        try:
            return cast("int", self._step(lambda: self._tls.read(len(buffer), buffer)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return 0

    def makefile(self, mode: str) -> io.BufferedReader:
        """As socket.makefile, for reading."""
        assert mode == "rb"
        self._users += 1
        return io.BufferedReader(_File(self), _PIECE)

    def fileno(self) -> int:
        """Of the outer socket."""
        return self._outer.fileno()

    def close(self) -> None:
        """Let go of it: it ends when its files are closed, too."""
        self._users -= 1
        if not self._users:
            self._outer.close()


class _File(io.RawIOBase):
    def __init__(self, inner: Inner) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._inner.recv_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._inner.close()
