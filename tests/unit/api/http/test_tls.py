"""TLS with a certificate made for the test, and Python's own client on the other side."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from hutch.api import replies
from hutch.api.http import tls
from hutch.api.http.body import Body
from hutch.api.http.connection import Connection
from hutch.api.http.head import Head
from hutch.api.http.hijack import SocketHijack
from hutch.api.replies import Answer

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs openssl to make a certificate")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A self-signed certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(
        [str(OPENSSL), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return cert, key


async def hijacked(head: Head, _body: Body, hijack: SocketHijack) -> Answer:
    if head.path != "/attach":
        return replies.text("hello")
    descriptor, pending = await hijack.take("text/x")

    def converse() -> None:
        with socket.socket(fileno=descriptor) as owned:
            owned.setblocking(True)
            owned.settimeout(10)
            data = pending
            while piece := owned.recv(65536):
                data += piece
            owned.sendall(b"%d bytes, and then: " % len(data) + data[-5:])

    await asyncio.get_running_loop().run_in_executor(None, converse)
    return replies.Hijacked()


def talk(port: int, context: ssl.SSLContext, request: bytes, after: bytes = b"") -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing, server_hostname="localhost")

        def step(action: object) -> bytes:
            while True:
                try:
                    result = action()  # type: ignore[operator]
                except ssl.SSLWantReadError:
                    raw.sendall(outgoing.read())
                    data = raw.recv(65536)
                    if data:
                        incoming.write(data)
                    else:
                        incoming.write_eof()
                    continue
                raw.sendall(outgoing.read())
                return result if isinstance(result, bytes) else b""

        step(session.do_handshake)
        session.write(request)
        for start in range(0, len(after), 16384):
            session.write(after[start : start + 16384])
        raw.sendall(outgoing.read())
        if after:
            try:
                session.unwrap()  # close_notify: this side sends no more
            except ssl.SSLWantReadError:
                raw.sendall(outgoing.read())
        answer = b""
        try:
            while piece := step(lambda: session.read(65536)):
                answer += piece
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            pass
        return answer


def serve_and_talk(pair: tuple[str, str], request: bytes, after: bytes = b"") -> bytes:
    async def scene() -> bytes:
        context = tls.server_context(*pair, "", verify=False)
        faults: list[BaseException] = []
        server = await asyncio.get_running_loop().create_server(
            lambda: tls.TlsProtocol(
                context, lambda: Connection(hijacked, lambda _w, error: faults.append(error), lambda _c: None)
            ),
            "127.0.0.1",
        )
        async with server:
            port = server.sockets[0].getsockname()[1]
            client = ssl.create_default_context(cafile=pair[0])
            answer = await asyncio.to_thread(talk, port, client, request, after)
        assert not faults
        return answer

    return asyncio.run(asyncio.wait_for(scene(), 30))


def test_a_request_over_tls(pair: tuple[str, str]) -> None:
    answer = serve_and_talk(pair, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"hello")


def test_a_request_without_tls_is_told_so(pair: tuple[str, str]) -> None:
    async def scene() -> bytes:
        context = tls.server_context(*pair, "", verify=False)
        server = await asyncio.get_running_loop().create_server(
            lambda: tls.TlsProtocol(context, asyncio.Protocol), "127.0.0.1"
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"GET /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = await reader.read()
            writer.close()
        return answer

    answer = asyncio.run(asyncio.wait_for(scene(), 30))
    assert answer.startswith(b"HTTP/1.0 400 Bad Request\r\n")
    assert answer.endswith(b"\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")


def test_files_that_are_none(pair: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent"):
        tls.server_context(str(tmp_path / "absent"), pair[1], "", verify=False)
    junk = tmp_path / "junk"
    junk.write_text("junk")
    with pytest.raises(OSError, match="not a certificate"):
        tls.server_context(str(junk), pair[1], "", verify=False)
    with pytest.raises(OSError, match="not a certificate"):
        tls.server_context(*pair, str(junk), verify=True)


def test_output_still_comes_after_the_client_has_ended_its_input(pair: tuple[str, str]) -> None:
    request = b"POST /attach HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    answer = serve_and_talk(pair, request, b"x" * 500_000 + b"-end.")
    assert answer.endswith(b"500005 bytes, and then: -end.")
