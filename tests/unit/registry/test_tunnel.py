from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from hutch.registry.tunnel import ThroughTls
from support.proxy import Handler, over_tls
from support.registry import FakeRegistry


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    made += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made += ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subprocess.run(made, check=True, capture_output=True)
    return tmp_path


class Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients hang up here on purpose."""


@pytest.fixture
def proxy(papers: Path) -> Iterator[tuple[str, int]]:
    """A proxy over TLS that wants ``u:p``."""
    handler = type("Mine", (Handler,), {"log": papers / "log", "user": "u:p"})
    server = Quiet(("127.0.0.1", 0), handler)
    over_tls(server, str(papers / "cert.pem"), str(papers / "key.pem"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield "localhost", server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def port(fake: FakeRegistry, papers: Path) -> int:
    """A registry over TLS with a large blob."""
    over_tls(fake.server, str(papers / "cert.pem"), str(papers / "key.pem"))
    fake.blob(LARGE)
    return fake.server.server_port


LARGE = bytes(range(256)) * 4096


def trusted(papers: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(papers / "cert.pem"))


def tunnel(papers: Path, proxy: tuple[str, int], port: int, user: str = "Basic dTpw") -> ThroughTls:
    headers = {"Proxy-Authorization": user}
    return ThroughTls("localhost", port, proxy, headers, trusted(papers), trusted(papers), timeout=20)


def test_requests_one_after_another(papers: Path, proxy: tuple[str, int], port: int, fake: FakeRegistry) -> None:
    connection = tunnel(papers, proxy, port)
    name = next(iter(fake.blobs))
    for _ in range(2):
        connection.request("GET", "/v2/")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"{}")
        connection.request("GET", f"/v2/a/blobs/{name}")
        assert connection.getresponse().read() == LARGE
    connection.request("POST", "/v2/a/blobs/uploads/", b"")
    answer = connection.getresponse()
    assert answer.status == 202
    where = answer.headers["Location"].partition("/v2/")[2]
    answer.read()
    connection.request("PATCH", f"/v2/{where}", LARGE, {"Content-Range": f"0-{len(LARGE) - 1}"})
    answer = connection.getresponse()
    assert answer.status == 202
    answer.read()
    assert any(bytes(sent) == LARGE for sent in fake.uploads.values())
    connection.close()
    assert (papers / "log").read_text() == f"CONNECT localhost:{port}\n"


def test_a_proxy_that_refuses(papers: Path, proxy: tuple[str, int], port: int) -> None:
    with pytest.raises(OSError, match="Tunnel connection failed: 407 Proxy Authentication Required"):
        tunnel(papers, proxy, port, "Basic x").request("GET", "/v2/")


def test_both_certificates_are_checked(papers: Path, proxy: tuple[str, int], port: int) -> None:
    for outer, inner in ((trusted(papers), ssl.create_default_context()), (ssl.create_default_context(), None)):
        connection = ThroughTls("localhost", port, proxy, {"Proxy-Authorization": "Basic dTpw"}, outer,
                                inner or trusted(papers), timeout=20)  # fmt: skip
        with pytest.raises(ssl.SSLCertVerificationError):
            connection.request("GET", "/v2/")


def test_a_server_that_goes_away(papers: Path, proxy: tuple[str, int], port: int, fake: FakeRegistry) -> None:
    connection = tunnel(papers, proxy, port)
    fake.cuts = [100_000]
    connection.request("GET", f"/v2/a/blobs/{next(iter(fake.blobs))}")
    answer = connection.getresponse()
    came = 0
    while piece := answer.read1(1 << 14):
        came += len(piece)
    assert 0 < came < len(LARGE)
    answer.close()
    connection.close()
