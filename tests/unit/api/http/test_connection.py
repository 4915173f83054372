"""Connections over real socket pairs: what a client sends, and what it gets back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from hutch.api import replies
from hutch.api.http.body import Body
from hutch.api.http.connection import Connection
from hutch.api.http.head import Head
from hutch.api.http.hijack import SocketHijack
from hutch.api.replies import Answer
from hutch.model.errors import Conflict

Serve = Callable[[Head, Body, SocketHijack], Awaitable[Answer]]
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Client:
    """The other end of a connection."""

    def __init__(self, sock: socket.socket, server: Connection) -> None:
        self.sock = sock
        self.server = server
        self.loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        await self.loop.sock_sendall(self.sock, data)

    async def until(self, mark: bytes) -> bytes:
        data = b""
        while mark not in data:
            try:
                piece = await asyncio.wait_for(self.loop.sock_recv(self.sock, 65536), 10)
            except ConnectionResetError:  # a refused client's unread bytes, after the answer
                break
            if not piece:
                break
            data += piece
        return data

    async def rest(self) -> bytes:
        return await self.until(b"\0never\0")


@contextlib.asynccontextmanager
async def connected(
    serve: Serve, faults: list[BaseException] | None = None, *, head_timeout: float = 20.0, refusal: float | None = None
) -> AsyncIterator[Client]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    kept: list[BaseException] = [] if faults is None else faults
    server = Connection(serve, lambda _where, error: kept.append(error), lambda _c: None)
    server.head_timeout = head_timeout
    server.refusal = refusal
    await asyncio.get_running_loop().create_connection(lambda: server, sock=ours)
    try:
        yield Client(theirs, server)
    finally:
        theirs.close()
        await asyncio.wait_for(server.finished(), 10)
    assert faults is not None or not kept


async def echo(head: Head, body: Body, _hijack: SocketHijack) -> Answer:
    data = b"".join([piece async for piece in body])
    return replies.Reply(200, f"{head.method} {head.path} ".encode() + data)


def streaming(pieces: Callable[[], AsyncIterator[bytes]], *, eager: bool = False, endless: bool = False) -> Serve:
    async def stream(_head: Head, _body: Body, _hijack: SocketHijack) -> Answer:
        return replies.Stream(pieces(), content_type="text/x", eager=eager, endless=endless)

    return stream


def test_one_too_many_is_told_so() -> None:
    async def run() -> None:
        async with connected(nothing, refusal=0.05) as client:
            await client.send(GET)
            answer = await client.rest()
            assert answer.startswith(b"HTTP/1.1 503 ") and b"too many connections" in answer

    async def nothing(_head: Head, _body: Body, _hijack: SocketHijack) -> Answer:
        raise AssertionError

    asyncio.run(run())


def test_two_requests_sent_at_once_are_answered_in_order() -> None:
    async def scene() -> None:
        async with connected(echo) as client:
            await client.send(
                b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
                b"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                b"3\r\nabc\r\n0\r\n\r\n"
            )
            data = await client.rest()
            assert data.index(b"POST /a hi") < data.index(b"POST /b abc")
            assert data.count(b"HTTP/1.1 200 OK") == 2

    asyncio.run(scene())


def test_a_request_that_arrives_byte_by_byte_is_the_same_request() -> None:
    request = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;e=1\r\nhi\r\n0\r\nT: 1\r\n\r\n"

    async def scene() -> None:
        async with connected(echo) as client:
            for byte in request:
                await client.send(bytes([byte]))
                await asyncio.sleep(0)
            assert (await client.until(b"hi")).endswith(b"POST /a hi")

    asyncio.run(scene())


def test_a_client_that_expects_100_is_told_to_go_on_only_if_the_body_is_read() -> None:
    async def refuse(_head: Head, _body: Body, _hijack: SocketHijack) -> Answer:
        raise Conflict("no")

    async def scene() -> None:
        request = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        async with connected(echo) as client:
            await client.send(request)
            assert (await client.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 Continue")
            await client.send(b"hi")
            assert (await client.until(b"hi")).startswith(b"HTTP/1.1 200")
        async with connected(refuse) as client:
            await client.send(request)
            data = await client.until(b"}")
            assert data.startswith(b"HTTP/1.1 409 ")
            assert b"Connection: close" in data

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /\x01 HTTP/1.1\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\n\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 100_000 + b"\r\n", b"431"),
        (b"GET /" + b"a" * 300_000, b"431"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_request_is_refused_and_ends_the_connection(request_bytes: bytes, status: bytes) -> None:
    async def scene() -> None:
        async with connected(echo) as client:
            sending = asyncio.ensure_future(client.send(request_bytes))
            data = await client.rest()
            assert data.startswith(b"HTTP/1.1 " + status)
            sending.cancel()
            await asyncio.wait([sending])

    asyncio.run(scene())


def test_bytes_sent_before_the_101_reach_the_new_owner() -> None:
    async def hijacked(_head: Head, body: Body, hijack: SocketHijack) -> Answer:
        assert b"".join([p async for p in body]) == b'{"a":1}'
        descriptor, pending = await hijack.take("application/vnd.docker.raw-stream")
        with socket.socket(fileno=descriptor) as owned:
            owned.setblocking(True)
            later = await asyncio.to_thread(owned.recv, 100)
            owned.sendall(b"<" + pending + b"|" + later + b">")
        return replies.Hijacked()

    async def scene() -> None:
        async with connected(hijacked) as client:
            await client.send(
                b"POST /exec/x/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                b'Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}early'
            )
            await client.until(b"\r\n\r\n")
            await client.send(b"late")
            assert await client.rest() == b"<early|late>"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("upgrade", "first"), [(b"Connection: Upgrade\r\nUpgrade: tcp\r\n", b"101 UPGRADED"), (b"", b"200 OK")]
)
def test_hijacking_does_not_shut_the_socket_down(upgrade: bytes, first: bytes) -> None:
    taken: list[int] = []

    async def hijacked(_head: Head, _body: Body, hijack: SocketHijack) -> Answer:
        descriptor, pending = await hijack.take("text/x")
        assert not os.get_inheritable(descriptor)
        assert pending == b""
        taken.append(descriptor)
        return replies.Hijacked()

    async def scene() -> None:
        async with connected(hijacked) as client:
            await client.send(b"POST /attach HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n")
            head = await client.until(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 " + first)
            assert b"Content-Length" not in head
            await asyncio.wait_for(client.server.finished(), 10)
            client.sock.shutdown(socket.SHUT_WR)
            with socket.socket(fileno=taken.pop()) as owned:
                owned.setblocking(True)
                assert await asyncio.to_thread(owned.recv, 10) == b""
                owned.sendall(b"after the client's end")
            assert await client.rest() == b"after the client's end"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("agent", "alone"),
    [
        (b"docker-sdk-python/7.1.0", True),
        (b"docker-compose/1.29.2 docker-py/5.0.3", True),
        (b"Docker-Client/28", False),
    ],
)
def test_a_client_that_would_lose_what_comes_with_the_head_gets_the_head_alone(agent: bytes, alone: bool) -> None:
    async def hijacked(_head: Head, _body: Body, hijack: SocketHijack) -> Answer:
        descriptor, _ = await hijack.take("text/x")
        with socket.socket(fileno=descriptor) as owned:
            owned.sendall(b"at once")
        return replies.Hijacked()

    async def scene() -> None:
        async with connected(hijacked) as client:
            await client.send(b"POST /exec HTTP/1.1\r\nHost: x\r\nUser-Agent: " + agent + b"\r\n\r\n")
            await asyncio.sleep(0.1)
            first = await client.loop.sock_recv(client.sock, 65536)
            assert first.endswith(b"\r\n\r\n" if alone else b"\r\n\r\nat once")
            assert await client.rest() == (b"at once" if alone else b"")

    asyncio.run(scene())


def test_the_head_of_a_stream_comes_before_its_first_piece() -> None:
    async def scene() -> None:
        gate = asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            await gate.wait()
            yield b"late"

        async with connected(streaming(pieces, eager=True, endless=True)) as client:
            await client.send(GET)
            assert b"Transfer-Encoding: chunked" in await client.until(b"\r\n\r\n")
            gate.set()
            assert await client.until(b"0\r\n\r\n") == b"4\r\nlate\r\n0\r\n\r\n"

    asyncio.run(scene())


@pytest.mark.parametrize("half", [True, False])
def test_a_client_that_goes_ends_an_idle_stream(half: bool) -> None:
    ended: list[str] = []

    async def pieces() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    async def scene() -> None:
        async with connected(streaming(pieces, eager=True, endless=True)) as client:
            await client.send(GET)
            await client.until(b"first")
            if half:
                client.sock.shutdown(socket.SHUT_WR)
            else:
                client.sock.close()
            await asyncio.wait_for(client.server.finished(), 10)

    asyncio.run(scene())
    assert ended == ["cleaned up"]


def test_a_client_that_closes_its_side_still_gets_a_stream_that_ends() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(50):
            await asyncio.sleep(0.001)
            yield b"."

    async def scene() -> None:
        async with connected(streaming(pieces, eager=True)) as client:
            await client.send(GET)
            client.sock.shutdown(socket.SHUT_WR)
            data = await client.rest()
            assert data.count(b"1\r\n.\r\n") == 50
            assert data.endswith(b"0\r\n\r\n")

    asyncio.run(scene())


def test_a_client_that_stops_reading_stops_its_stream() -> None:
    made: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        while True:
            made.append(65536)
            yield b"x" * 65536

    async def scene() -> None:
        async with connected(streaming(pieces, eager=True)) as client:
            await client.send(GET)
            before = -1
            while before != len(made):  # until no more is made
                before = len(made)
                await asyncio.sleep(0.05)
            assert 0 < sum(made) <= 2 << 20

    asyncio.run(scene())


def test_an_error_within_a_stream_is_its_last_object_or_cuts_it() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        raise Conflict("broken")

    async def worded(_head: Head, _body: Body, _hijack: SocketHijack) -> Answer:
        return replies.Stream(pieces(), content_type="text/x", last_words=lambda error: str(error).encode())

    async def scene() -> None:
        async with connected(worded) as client:
            await client.send(GET)
            assert (await client.until(b"0\r\n\r\n")).endswith(b"6\r\nbroken\r\n0\r\n\r\n")
        async with connected(streaming(pieces)) as client:
            await client.send(GET)
            assert not (await client.rest()).endswith(b"0\r\n\r\n")

    asyncio.run(scene())


def test_an_error_before_the_first_piece_is_a_plain_error_and_the_connection_stays() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        raise Conflict("taken")
        yield b""

    async def scene() -> None:
        async with connected(streaming(pieces, eager=True)) as client:
            for _ in range(2):
                await client.send(GET)
                data = await client.until(b"}\n")
                assert data.startswith(b"HTTP/1.1 409 Conflict")
                assert data.endswith(b'{"message":"taken"}\n')

    asyncio.run(scene())


def test_an_error_before_the_first_piece_reaches_a_client_that_still_sends() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        raise Conflict("taken")
        yield b""

    async def scene() -> None:
        async with connected(streaming(pieces)) as client:
            size = 8 << 20
            await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
            await client.send(b"x" * size)
            assert (await client.rest()).endswith(b'{"message":"taken"}\n')

    asyncio.run(scene())


def test_an_error_of_ours_is_reported_and_its_text_kept_from_the_client() -> None:
    async def broken(_head: Head, _body: Body, _hijack: SocketHijack) -> Answer:
        raise KeyError("inner detail")

    async def scene() -> None:
        faults: list[BaseException] = []
        async with connected(broken, faults) as client:
            await client.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            data = await client.rest()
        assert data.startswith(b"HTTP/1.1 500 ")
        assert b"inner detail" not in data
        assert [type(f) for f in faults] == [KeyError]

    asyncio.run(scene())


def test_head_http10_and_bodiless_answers_are_framed_as_they_must_be() -> None:
    async def answer(head: Head, _body: Body, _hijack: SocketHijack) -> Answer:
        return replies.Reply(204) if head.path == "/none" else replies.Reply(200, b"body")

    async def scene() -> None:
        async with connected(answer) as client:
            await client.send(
                b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.0\r\n\r\n"
            )
            data = await client.rest()
        head, none, old = data.split(b"HTTP/1.")[1:]
        assert b"Content-Length: 4" in head
        assert not head.endswith(b"body")
        assert b"204 No Content" in none
        assert b"Content-Length" not in none
        assert old.startswith(b"0 200")
        assert old.endswith(b"\r\n\r\nbody")

    asyncio.run(scene())


def test_a_head_that_never_ends_is_given_up() -> None:
    async def scene() -> None:
        async with connected(echo, head_timeout=0.1) as client:
            await client.send(b"GET / HTTP/1.1\r\nHo")
            assert (await client.rest()).startswith(b"HTTP/1.1 408 ")

    asyncio.run(scene())


def test_shutting_cuts_idle_connections_and_lets_answers_end() -> None:
    async def scene() -> None:
        started, go_on = asyncio.Event(), asyncio.Event()

        async def slow(_head: Head, _body: Body, _hijack: SocketHijack) -> Answer:
            started.set()
            await go_on.wait()
            return replies.Reply(200, b"done")

        async with connected(slow) as client:
            await asyncio.sleep(0)
            client.server.shut()
            assert await client.rest() == b""
        async with connected(slow) as client:
            await client.send(GET)
            await started.wait()
            client.server.shut()
            go_on.set()
            assert (await client.rest()).endswith(b"done")

    asyncio.run(scene())
