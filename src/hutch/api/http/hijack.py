"""Giving a connection away: after its answer's head it is a raw two-way stream (Engine API, attach and exec start)."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

from hutch.api.http.tls import TlsTransport
from hutch.api.http.writing import render_head
from hutch.linux.sockets import unread
from hutch.model.errors import Invalid

if TYPE_CHECKING:
    from hutch.api.http.body import Body
    from hutch.api.http.connection import Connection
    from hutch.api.http.head import Head
    from hutch.api.replies import Headers

HASTY = ("docker-sdk-python", "docker-py")
"""In the User-Agent of clients that lose what comes with the head: docker-py, and Compose 1 with it. They read the
head through a buffer and the stream past it, and an engine that starts an exec within milliseconds may have sent both.
"""
_PATIENCE = 1.0
_TURN = 0.0005
_ON_ITS_WAY = 0.02


class SocketHijack:
    """The :class:`~hutch.api.backends.Hijack` of one request on a socket."""

    def __init__(self, connection: Connection, head: Head, body: Body) -> None:
        self._connection = connection
        self._head = head
        self._body = body
        self.headers: Headers = ()  # the server's own, sent with the answer
        self.taken = False

    async def take(self, content_type: str) -> tuple[int, bytes]:
        """Answer, flush, and leave: see :meth:`hutch.api.backends.Hijack.take`.

        The descriptor is a duplicate, so that closing the transport (which does not shut the socket down) leaves the
        client connected. What the client sent early is in the buffer or still in the socket, in this order.
        """
        if not self._body.complete and not await self._body.drain(timeout=10.0):
            raise Invalid("the request has a body that attaching does not take")
        connection = self._connection
        if connection.lost or self.taken:
            raise ConnectionResetError("the client has gone")
        transport, descriptor = connection.transport, -1
        if not isinstance(transport, TlsTransport):
            descriptor = os.dup(transport.get_extra_info("socket").fileno())  # first: if there is none, that is told
        try:
            self.taken = True
            transport.pause_reading()
            transport.write(self._answer(content_type))
            await connection.writer.flush()
            if any(name in self._head.headers.get("user-agent", "") for name in HASTY):
                await _read_by_client(transport.get_extra_info("socket"))
            pending = bytes(connection.buffer)
            connection.buffer.clear()
            if isinstance(transport, TlsTransport):
                descriptor = await transport.give_away()
        except BaseException:
            transport.abort()
            if descriptor >= 0:
                os.close(descriptor)
            raise
        connection.release()
        if not isinstance(transport, TlsTransport):
            os.set_blocking(descriptor, False)
            transport.abort()
        return descriptor, pending

    def _answer(self, content_type: str) -> bytes:
        headers = [("Content-Type", content_type)]
        if self._head.upgrade:
            headers += [("Connection", "Upgrade"), ("Upgrade", self._head.upgrade)]
            return render_head(101, [*headers, *self.headers], reason="UPGRADED")
        return render_head(200, [*headers, *self.headers])


async def _read_by_client(sock: socket.socket) -> None:
    """Wait until the client has read all that was sent; where the kernel does not know that, long enough for most."""
    if sock.family != socket.AF_UNIX:
        await asyncio.sleep(_ON_ITS_WAY)
        return
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE
    while unread(sock.fileno()) and loop.time() < deadline:
        await asyncio.sleep(_TURN)
