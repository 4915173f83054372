"""TLS on the server's side, on memory buffers rather than asyncio's own layer.

asyncio ends a TLS connection when the client ends its sending side; a client that pipes a file into ``run -i`` does
just that and then waits for the output. Here ``close_notify`` is the half-close it is meant to be (RFC 8446, 6.1).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

HANDSHAKE_TIMEOUT = 10.0
RECORD = 64 << 10
_METHODS = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"DELETE ", b"OPTIONS ")
_PLAIN = (
    b"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    b"Client sent an HTTP request to an HTTPS server.\n"
)
"""For a client that does not know of TLS, in the words of Go's server, which Docker's users find in their search."""


class TlsTransport(asyncio.Transport):
    """What the protocol above writes plain text to; owned by :class:`TlsProtocol`."""

    def __init__(self, layer: TlsProtocol) -> None:
        super().__init__()
        self._layer = layer

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._layer.raw.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._layer.raw.is_closing()

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self._layer.send(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview[Any]]) -> None:
        self._layer.send(b"".join(list_of_data))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._layer.raw.set_write_buffer_limits(high, low)

    def pause_reading(self) -> None:
        self._layer.hold(True)

    def resume_reading(self) -> None:
        self._layer.hold(False)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._layer.notify_end()

    def close(self) -> None:
        if not self._layer.given:
            self._layer.notify_end()
            self._layer.raw.close()

    def abort(self) -> None:
        if not self._layer.given:
            self._layer.raw.abort()

    def finish(self) -> None:
        """End a connection that was given away, after what is still to be sent."""
        self._layer.notify_end()
        self._layer.raw.close()

    async def give_away(self) -> int:
        """Connect the TLS stream with a socket pair and return the other end of it; this layer pumps from now on."""
        ours, theirs = socket.socketpair()
        try:
            ours.setblocking(False)
            theirs.setblocking(False)
            await self._layer.connect(ours)
        except BaseException:
            ours.close()
            theirs.close()
            raise
        return theirs.detach()


class TlsProtocol(asyncio.Protocol):
    """Between the socket and the protocol above: shakes hands, then decrypts and encrypts."""

    def __init__(self, context: ssl.SSLContext, above: Callable[[], asyncio.Protocol]) -> None:
        import ssl

        self._ssl = ssl
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._factory = above
        self._above: asyncio.Protocol | None = None
        self._held = False
        self._said_end = False
        self._heard_end = False
        self.given = False
        self.raw: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.raw = transport
        self._timer = asyncio.get_running_loop().call_later(HANDSHAKE_TIMEOUT, transport.abort)

    def data_received(self, data: bytes) -> None:
        self._incoming.write(data)
        if self._above is None and not self._shake_hands(data):
            return
        self._decrypt()

    def eof_received(self) -> bool:
        if self._above is None:
            return False
        return self._end_heard()

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        if self._above is not None:
            self._above.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._above is not None:
            self._above.pause_writing()

    def resume_writing(self) -> None:
        if self._above is not None:
            self._above.resume_writing()

    # For the transport above.

    def send(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Encrypt and write; silently nothing once the connection is closing, as sockets' transports do."""
        if self.raw.is_closing() or self._said_end or not data:
            return
        try:
            self._object.write(data)
        except self._ssl.SSLError:
            self.raw.abort()
            return
        self._flush()

    def hold(self, held: bool) -> None:
        """Stop or go on reading, also of what is decrypted already."""
        self._held = held
        if held:
            self.raw.pause_reading()
        else:
            self.raw.resume_reading()
            asyncio.get_running_loop().call_soon(self._decrypt)

    def notify_end(self) -> None:
        """Send close_notify: nothing more comes from here."""
        if self._said_end or self.raw.is_closing():
            return
        self._said_end = True
        with contextlib.suppress(self._ssl.SSLError):
            self._object.unwrap()
        self._flush()

    async def connect(self, ours: socket.socket) -> None:
        """Pump between the TLS stream and ``ours`` from now on."""
        pump = _Pump(TlsTransport(self))
        await asyncio.get_running_loop().create_connection(lambda: pump, sock=ours)
        self._above = _Decrypted(pump)
        self.given = True
        if self._heard_end:
            pump.end()
        self.hold(False)

    def _shake_hands(self, data: bytes) -> bool:
        """Whether it is done; ``data`` is what came last."""
        try:
            self._object.do_handshake()
        except self._ssl.SSLWantReadError:
            self._flush()
            return False
        except self._ssl.SSLError:
            if data.startswith(_METHODS):
                self.raw.write(_PLAIN)
            else:
                self._flush()  # the alert that tells the client why
            self.raw.close()
            return False
        self._flush()
        self._timer.cancel()
        self._above = self._factory()
        self._above.connection_made(TlsTransport(self))
        return True

    def _decrypt(self) -> None:
        while self._above is not None and not self._held and not self._heard_end:
            try:
                data = self._object.read(RECORD)
            except self._ssl.SSLWantReadError:
                break
            except self._ssl.SSLZeroReturnError:
                data = b""
            except self._ssl.SSLError:
                self.raw.abort()
                return
            if not data:
                self._end_heard()
                break
            self._above.data_received(data)
        self._flush()

    def _end_heard(self) -> bool:
        if self._heard_end or self._above is None:
            return True
        self._heard_end = True
        return bool(self._above.eof_received())

    def _flush(self) -> None:
        if self._outgoing.pending:
            self.raw.write(self._outgoing.read())


class _Pump(asyncio.Protocol):
    """Our end of the socket pair: what the new owner writes goes to the client."""

    def __init__(self, client: TlsTransport) -> None:
        self.client = client
        self.gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.client.write(data)

    def pause_writing(self) -> None:
        self.client.pause_reading()

    def resume_writing(self) -> None:
        self.client.resume_reading()

    def connection_lost(self, _exc: Exception | None) -> None:
        """The owner has closed its end: so does the connection end, after what is still to be sent."""
        self.gone = True
        self.client.finish()

    def end(self) -> None:
        """The client sends no more."""
        if not self.gone:
            self.transport.write_eof()


class _Decrypted(asyncio.Protocol):
    """The client's side of the pump, in place of the HTTP connection."""

    def __init__(self, pump: _Pump) -> None:
        self._pump = pump

    def data_received(self, data: bytes) -> None:
        if not self._pump.gone:
            self._pump.transport.write(data)

    def eof_received(self) -> bool:
        self._pump.end()
        return True

    def connection_lost(self, _exc: Exception | None) -> None:
        self._pump.transport.abort()

    def pause_writing(self) -> None:
        self._pump.transport.pause_reading()

    def resume_writing(self) -> None:
        self._pump.transport.resume_reading()


def server_context(cert: str, key: str, ca: str, *, verify: bool) -> ssl.SSLContext:
    """The TLS settings of a listener: at least TLS 1.2; ``verify`` asks for a client certificate that ``ca`` signed.

    Raises OSError with the path of a file that cannot be read or is none of its kind.
    """
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for path in (cert, key, ca) if verify else (cert, key):
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    try:
        context.load_cert_chain(cert, key)
    except ssl.SSLError as error:
        raise OSError(22, f"not a certificate and its key ({error.reason})", cert) from None
    if verify:
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(ca)
        except ssl.SSLError as error:
            raise OSError(22, f"not a certificate ({error.reason})", ca) from None
    return context
