"""TLS whose two directions are independent."""

from __future__ import annotations

import select
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hutch.cli import tls


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    for name in ("server", "other"):
        words = f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {name}-key.pem -out {name}.pem -days 2 -subj /CN=x"
        words += " -addext subjectAltName=IP:127.0.0.1"
        subprocess.run(words.split(), cwd=folder, check=True, capture_output=True)
    return folder


Serve = Callable[[Callable[[ssl.SSLSocket], None]], int]


@pytest.fixture
def serve(papers: Path) -> Iterator[Serve]:
    """A server for one connection: its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers / "server.pem", papers / "server-key.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    threads = []

    def start(work: Callable[[ssl.SSLSocket], None]) -> int:
        def serve_one() -> None:
            plain, _ = listener.accept()
            with plain:
                try:
                    sock = context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False)
                except OSError:
                    return
                with sock:
                    work(sock)

        threads.append(threading.Thread(target=serve_one))
        threads[-1].start()
        return int(listener.getsockname()[1])

    yield start
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    listener.close()


def _open(papers: Path, port: int, authority: str = "server") -> tls.TlsSocket:
    files = {"ca": str(papers / f"{authority}.pem"), "cert": str(papers / "none"), "key": ""}
    return tls.connect("127.0.0.1", port, files, True)


def _rest(sock: tls.TlsSocket) -> bytes:
    out = b""
    while data := sock.recv(1 << 16):
        out += data
    return out


def test_nothing_that_comes_after_our_end_is_lost(papers: Path, serve: Serve) -> None:
    """The server writes before it reads, and again when it has seen the end of what it is sent."""

    def work(sock: ssl.SSLSocket) -> None:
        sock.sendall(b"early")
        said = b""
        while data := sock.recv(1 << 16):  # close_notify is an end, a broken connection would raise
            said += data
        sock.sendall(b"late:" + said * 40000)

    sock = _open(papers, serve(work))
    sock.sendall(b"typed")
    sock.shutdown(socket.SHUT_WR)
    assert _rest(sock) == b"earlylate:" + b"typed" * 40000
    sock.close()


def test_a_reader_that_does_not_read_does_not_stop_us(papers: Path, serve: Serve) -> None:
    """Both sides send more than the kernel holds: sending without waiting leaves time to receive."""
    size = 8 << 20
    got = []

    def work(sock: ssl.SSLSocket) -> None:
        sock.sendall(b"s" * size)
        said = 0
        while data := sock.recv(1 << 16):
            assert not data.strip(b"c")
            said += len(data)
        got.append(said)

    sock = _open(papers, serve(work))
    left, received, refused = size, 0, 0
    while left or received < size:
        try:
            if left:
                left -= sock.send(b"c" * min(left, 1 << 16), socket.MSG_DONTWAIT)
                continue
        except BlockingIOError:
            refused += 1
        if received == size:
            select.select((), (sock.fileno(),), (), 10)
        else:
            received += len(sock.recv(1 << 16))
    sock.shutdown()
    assert _rest(sock) == b""
    sock.close()
    assert refused and received == size and got == [size]


def test_receiving_without_waiting(papers: Path, serve: Serve) -> None:
    gate = threading.Event()
    port = serve(lambda sock: gate.wait(10) and sock.sendall(b"x" * 100000))
    sock = _open(papers, port)
    with pytest.raises(BlockingIOError):
        sock.recv(100, socket.MSG_DONTWAIT)
    gate.set()
    assert _rest(sock) == b"x" * 100000
    sock.close()


def test_a_server_that_is_not_trusted(papers: Path, serve: Serve) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        _open(papers, serve(lambda sock: None), "other")
