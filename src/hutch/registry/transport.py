"""Connections to registries: TLS with own authorities, proxies, reuse. Blocking; one caller a connection at a time.

Built on ``http.client``, which is imported with the first request: a daemon that never pulls does not pay for it.
"""

from __future__ import annotations

import base64
import os
import select
import socket
import ssl
import threading
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Protocol
from urllib.parse import unquote, urlsplit

from hutch.model.errors import Invalid, Unavailable
from hutch.registry.endpoint import address
from hutch.registry.settings import Settings, proxy_for, rule_of
from hutch.registry.tunnel import ThroughTls

_WAIT = 60.0  # seconds without a byte
_BLOCK = 1 << 18
_IDLE = 8  # kept connections to one server
AGENT = "hutch"
# OpenSSL's X509_V_ERR_ numbers (x509_vfy.h)
_UNKNOWN_AUTHORITY = (18, 19, 20, 21)
_OUT_OF_TIME = (9, 10)


class Content(Protocol):
    """The body of a request, read as it is sent."""

    def read(self, count: int = -1, /) -> bytes: ...
    def close(self) -> None: ...


class Unreachable(Unavailable):
    """No answer: refused, timed out, cut, or not TLS. ``final``: trying the same again would not help."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


class Response:
    """An answer; read it whole or close it."""

    def __init__(self, transport: Transport, key: tuple[str, str, bool], connection: HTTPConnection, raw: HTTPResponse,
                 url: str) -> None:  # fmt: skip
        self._transport, self._key, self._connection, self._raw = transport, key, connection, raw
        self.url = url
        self.status = raw.status
        self._done = False
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in raw.getheaders()}

    def read(self, count: int) -> bytes:
        """Some of the body, at most ``count`` bytes; empty at its end. Raises Unreachable if it is cut off."""
        try:
            data = self._raw.read1(count)
            if not data and self._raw.length:
                raise Unreachable(f"{self.url}: unexpected EOF")
            if not data:
                self._done = not self._raw.will_close
                self._raw.close()
        except (OSError, HTTPException) as error:
            raise Unreachable(f"{self.url}: {reason(error)}") from error
        return data

    def whole(self, limit: int) -> bytes:
        """The whole body. Raises Invalid if it is larger than ``limit`` bytes."""
        parts, size = [], 0
        try:
            while data := self.read(1 << 16):
                parts.append(data)
                size += len(data)
                if size > limit:
                    raise Invalid(f"the answer of {self.url} is larger than {limit} bytes")
        finally:
            self.close()
        return b"".join(parts)

    def close(self) -> None:
        """Give the connection back if nothing is left in it, else end it."""
        if self._done:
            self._done = False
            self._transport.keep(self._key, self._connection)
        else:
            self._raw.close()
            self._connection.close()


class Transport:
    """Connections for the daemon's ``settings``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._idle: dict[tuple[str, str, bool], list[HTTPConnection]] = {}
        self._contexts: dict[tuple[str, bool], ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Content | None, *, verify: bool
    ) -> Response:
        """One request to ``url`` (http or https). Raises Unreachable."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
            raise Invalid(f"not a URL that can be asked: {url[:200]!r}")
        key = (parts.scheme, parts.netloc, verify)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        shown = f"{parts.scheme}://{parts.netloc}{parts.path}"  # a query may hold a signature
        heads = {"User-Agent": AGENT, **headers}
        try:
            connection = self._connection(key)
            if parts.scheme == "http" and (proxy := proxy_for(self.settings, "http", parts.hostname or "")):
                target = f"http://{parts.netloc}{target}"
                heads.update(_proxy_credentials(proxy))
            try:
                connection.request(method, target, body, heads)
            except (BrokenPipeError, ConnectionResetError):
                if body is None:  # else the server may have answered before it read everything
                    raise
            raw = connection.getresponse()
        except ssl.SSLError as error:
            raise Unreachable(f'{method.title()} "{shown}": {_tls_reason(error)}', final=True) from error
        except (ConnectionRefusedError, socket.gaierror) as error:
            where = "{}:{}".format(*address(parts.scheme, parts.netloc))
            raise Unreachable(f'{method.title()} "{shown}": dial tcp {where}: {reason(error)}', final=True) from error
        except (OSError, HTTPException) as error:
            raise Unreachable(f'{method.title()} "{shown}": {reason(error)}') from error
        return Response(self, key, connection, raw, shown)

    def keep(self, key: tuple[str, str, bool], connection: HTTPConnection) -> None:
        """Keep a connection for the next request."""
        with self._lock:
            idle = self._idle.setdefault(key, [])
            if len(idle) < _IDLE:
                idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """End the connections that are idle."""
        with self._lock:
            left = [connection for idle in self._idle.values() for connection in idle]
            self._idle.clear()
        for connection in left:
            connection.close()

    def _connection(self, key: tuple[str, str, bool]) -> HTTPConnection:
        while True:
            with self._lock:
                idle = self._idle.get(key)
                connection = idle.pop() if idle else None
            if connection is None:
                return self._dial(*key)
            if connection.sock is not None and not select.select([connection.sock], [], [], 0)[0]:
                return connection
            connection.close()  # readable while idle: the other side has ended it

    def _dial(self, scheme: str, netloc: str, verify: bool) -> HTTPConnection:
        host, port = address(scheme, netloc)
        proxy = proxy_for(self.settings, scheme, host)
        if not proxy:
            return self._direct(scheme, host, port, netloc, verify)
        parts = urlsplit(proxy)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Invalid(f"unsupported proxy {parts.scheme}://{parts.hostname}", hint="use http:// or https://")
        proxy_port = parts.port or (443 if parts.scheme == "https" else 3128)
        if scheme == "http":
            return self._direct(parts.scheme, parts.hostname, proxy_port, f"{parts.hostname}:{proxy_port}", True)
        if parts.scheme == "https":
            outer = self._context(f"{parts.hostname}:{proxy_port}", True)
            return ThroughTls(
                host, port, (parts.hostname, proxy_port), _proxy_credentials(proxy), outer,
                self._context(netloc, verify), timeout=_WAIT,
            )  # fmt: skip
        made = HTTPSConnection(
            parts.hostname, proxy_port, timeout=_WAIT, context=self._context(netloc, verify), blocksize=_BLOCK
        )
        made.set_tunnel(host, port, headers=_proxy_credentials(proxy))
        return made

    def _direct(self, scheme: str, host: str, port: int, netloc: str, verify: bool) -> HTTPConnection:
        if scheme == "http":
            return HTTPConnection(host, port, timeout=_WAIT, blocksize=_BLOCK)
        context = self._context(netloc, verify)
        return HTTPSConnection(host, port, timeout=_WAIT, context=context, blocksize=_BLOCK)

    def _context(self, netloc: str, verify: bool) -> ssl.SSLContext:
        with self._lock:
            known = self._contexts.get((netloc, verify))
            if known is None:
                rule = rule_of(self.settings, netloc)
                authorities = rule.ca if rule is not None else ""
                known = context(self.settings.certificates, netloc, verify, authorities)
                self._contexts[netloc, verify] = known
            return known


def context(folders: tuple[str, ...], netloc: str, verify: bool, authorities: str = "") -> ssl.SSLContext:
    """The TLS settings for a server: the system's authorities, those of the file ``authorities`` and those of
    ``certs.d/HOST[:PORT]`` (``*.crt``), and the client's certificates (``*.cert`` with the ``*.key`` of the same name).
    Raises Invalid for a lone one, and for authorities that cannot be read."""
    made = ssl.create_default_context() if verify else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if authorities and verify:
        try:
            made.load_verify_locations(authorities)
        except (OSError, ssl.SSLError) as error:
            raise Invalid(f"registries: {netloc}: ca {authorities}: {error.strerror or error}") from error
    for folder in folders:
        home = os.path.join(folder, netloc)
        if "/" in netloc or netloc in (".", "..") or not os.path.isdir(home):
            continue
        names = sorted(os.listdir(home))
        for name in names:
            path = os.path.join(home, name)
            stem, extension = os.path.splitext(name)
            if extension == ".crt" and verify:
                made.load_verify_locations(path)
            elif extension == ".cert":
                if f"{stem}.key" not in names:
                    raise Invalid(f"missing key {stem}.key for client certificate {name}",
                                  hint="CA certificates must use the extension .crt")  # fmt: skip
                made.load_cert_chain(path, os.path.join(home, f"{stem}.key"))
            elif extension == ".key" and f"{stem}.cert" not in names:
                raise Invalid(f"missing client certificate {stem}.cert for key {name}")
    return made


def _proxy_credentials(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if not parts.username:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def reason(error: BaseException) -> str:
    """Why a connection failed, in a few words."""
    if isinstance(error, TimeoutError):
        return "i/o timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connect: connection refused"
    if isinstance(error, HTTPException):
        return "unexpected EOF" if not str(error) or "IncompleteRead" in str(error) else str(error)
    return str(getattr(error, "strerror", "") or error).lower()


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _UNKNOWN_AUTHORITY:
            return "tls: failed to verify certificate: x509: certificate signed by unknown authority"
        if error.verify_code in _OUT_OF_TIME:
            return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"
        return f"tls: failed to verify certificate: x509: {error.verify_message}"
    return f"tls: {str(error.reason or error).replace('_', ' ').lower()}"
