from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from hutch.images import fetch
from hutch.model.errors import Invalid, System, Unavailable
from hutch.registry.settings import Settings


class Pages(http.server.BaseHTTPRequestHandler):
    """A page, ways to it, and one that is not there."""

    def do_GET(self) -> None:
        if self.path.startswith("/again"):
            self.send_response(302)
            self.send_header("Location", "/page" if self.path == "/again" else "/again-and-again")
            self.end_headers()
            return
        body = b"content" if self.path == "/page" else b"not here"
        self.send_response(200 if self.path == "/page" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


def test_what_is_there(server: str) -> None:
    for path in ("/page", "/again"):
        with fetch.fetch(Settings(), server + path) as read:
            assert read(100) + read(100) == b"content"


def test_what_is_not(server: str) -> None:
    with pytest.raises(System, match=f"failed to GET {server}/no with status 404 Not Found: not here"):
        fetch.fetch(Settings(), server + "/no").__enter__()
    with pytest.raises(System, match="stopped after 10 redirects"):
        fetch.fetch(Settings(), server + "/again-x").__enter__()
    with pytest.raises(Unavailable, match="connection refused"):
        fetch.fetch(Settings(), "http://127.0.0.1:1/x").__enter__()


def test_addresses() -> None:
    assert fetch.address("host:80/x") == "http://host:80/x" and fetch.address("https://h/x") == "https://h/x"
    with pytest.raises(Invalid, match='Get "ftp://x/y": unsupported protocol scheme "ftp"'):
        fetch.address("ftp://x/y")
    for bad in ("file:///etc/passwd", "http://user@host/", "http://a b/"):
        with pytest.raises(Invalid):
            fetch.address(bad)
