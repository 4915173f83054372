from __future__ import annotations

import asyncio

import pytest

from hutch.api.http.body import Body
from hutch.api.http.connection import Connection
from hutch.api.http.head import Head
from hutch.api.http.hijack import SocketHijack
from hutch.api.replies import Answer, empty


async def nobody(_head: Head, _body: Body, _hijack: SocketHijack) -> Answer:
    return empty()


def test_a_client_that_has_gone_cannot_be_taken() -> None:
    async def scene() -> None:
        connection = Connection(nobody, lambda _w, _e: None, lambda _c: None)
        connection.lost = True
        head = Head("POST", "/", "", {})
        hijack = SocketHijack(connection, head, Body(connection, head))
        with pytest.raises(ConnectionResetError):
            await hijack.take("text/x")
        assert not hijack.taken

    asyncio.run(scene())
