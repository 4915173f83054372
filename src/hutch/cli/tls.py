"""TLS over one TCP connection, with the calls of a plain socket, so that nobody has to ask which of the two it is.

Python's own ``SSLSocket`` cannot end one direction alone: its ``unwrap`` waits for the other side's end and loses what
still comes. Here the protocol runs in memory, and sending, receiving and ending are independent of each other.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl

_RECORD = 1 << 14
_CHUNK = 1 << 16


class TlsSocket:
    """A connection with its handshake done; the methods are those of :mod:`socket` that a wire needs."""

    def __init__(self, plain: socket.socket, context: ssl.SSLContext, name: str) -> None:
        """Raises OSError (``ssl.SSLError`` is one) when there is no trust."""
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._left = b""  # encrypted, not yet taken by the kernel
        self._owed = 0  # bytes of the caller's that are in it, and that he was not told of
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._take(0)
            except ssl.SSLError:
                self._flush()  # the alert that tells the other side why
                raise
        self._flush()

    def fileno(self) -> int:
        """The descriptor to wait on; whatever has arrived is returned by one call of :meth:`recv`."""
        return self._plain.fileno()

    def close(self) -> None:
        """End the connection."""
        self._plain.close()

    def sendall(self, data: bytes) -> None:
        """Send everything, however long it takes."""
        for start in range(0, len(data), _CHUNK):
            self._tls.write(data[start : start + _CHUNK])
            self._flush()

    def send(self, data: bytes, flags: int = 0) -> int:
        """Send a part and say how much that was; with MSG_DONTWAIT BlockingIOError, after which the same data follows.

        What was encrypted must be sent before anything else: it counts as taken when the kernel has it all.
        """
        if not self._owed:
            self._owed = self._tls.write(data[:_RECORD])
        self._flush(flags)
        sent, self._owed = self._owed, 0
        return sent

    def recv(self, size: int, flags: int = 0) -> bytes:
        """All that has arrived (about ``size``, as a poll would not tell of a rest); empty at the end.

        With MSG_DONTWAIT raises BlockingIOError when nothing has.
        """
        while True:
            data = self._decrypted(size)
            if data is not None:
                return data
            self._take(flags)

    def shutdown(self, _how: int = socket.SHUT_WR) -> None:
        """Tell the other side that no more is sent (close_notify); receiving goes on."""
        with contextlib.suppress(ssl.SSLError):  # it wants the other side's too, which comes when it comes
            self._tls.unwrap()
        self._flush()

    def _decrypted(self, size: int) -> bytes | None:
        out = []
        try:
            while piece := self._tls.read(size):
                out.append(piece)
        except ssl.SSLWantReadError:
            if not out:
                return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            pass
        return b"".join(out)

    def _take(self, flags: int) -> None:
        data = self._plain.recv(_CHUNK, flags)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _flush(self, flags: int = 0) -> None:
        self._left += self._outgoing.read()
        while self._left:
            self._left = self._left[self._plain.send(self._left, flags) :]


def connect(host: str, port: int, files: dict[str, str], verify: bool) -> TlsSocket:
    """A TLS connection; ``files`` has the paths ``ca``, ``cert``, ``key`` (those that do not exist are left out).

    Raises OSError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(files["ca"])
    if os.path.exists(files["cert"]):
        context.load_cert_chain(files["cert"], files["key"])
    plain = socket.create_connection((host, port))
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return TlsSocket(plain, context, host)
    except BaseException:
        plain.close()
        raise
