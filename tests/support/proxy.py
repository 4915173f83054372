"""An HTTP proxy, run as a program of its own: plain requests by their whole URL, others through CONNECT.

    proxy.py PORT LOG [USER:PASSWORD [BYTES [CUTS [CERTIFICATE KEY]]]]

LOG gets a line for every request: the method and what was asked for; for blobs ``busy N`` before it, how many are on
their way to or fro. With a user, others are refused. With BYTES, plain messages go no faster than that in a second.
The first CUTS answers of more than a megabyte end after some of it. ``sent N`` follows large answers: their bytes.
With a certificate it is spoken to over TLS.
"""

from __future__ import annotations

import base64
import http.client
import random
import select
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_LARGE = 1 << 20
_HOP = ("connection", "proxy-authorization", "transfer-encoding", "keep-alive")


class Handler(BaseHTTPRequestHandler):
    log: Path
    user = ""
    rate = cuts = 0
    busy = 0
    lock = threading.Lock()
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _admitted(self) -> bool:
        with self.log.open("a") as log:
            log.write(f"{self.command} {self.path}\n")
        wanted = "Basic " + base64.b64encode(self.user.encode()).decode()
        if not self.user or self.headers.get("Proxy-Authorization") == wanted:
            return True
        self.send_response(407)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def do_CONNECT(self) -> None:
        if not self._admitted():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), 10) as there:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: there, there: self.connection}
            while readable := select.select(list(ends), [], [], 60)[0]:
                for end in readable:
                    data = end.recv(1 << 16)
                    if not data:
                        self.close_connection = True
                        return
                    ends[end].sendall(data)

    def _forward(self) -> None:
        blob = "/blobs/sha256:" in self.path or "/blobs/uploads/" in self.path
        with self.lock:
            Handler.busy += blob
            if blob:
                with self.log.open("a") as log:
                    log.write(f"busy {self.busy}\n")
        try:
            if self._admitted():
                self._pass_on()
        finally:
            with self.lock:
                Handler.busy -= blob

    def _pass_on(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(len(body) / self.rate if self.rate else 0)
        there = http.client.HTTPConnection(url.netloc, timeout=10)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        there.request(self.command, url.path + (f"?{url.query}" if url.query else ""), body, headers)
        answer = there.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in (*_HOP, "content-length"):
                self.send_header(name, value)
        known = answer.getheader("Content-Length")
        whole = answer.read() if known is None else b""
        self.send_header("Content-Length", known or str(len(whole)))
        self.end_headers()
        self.wfile.write(whole)
        sent, end = 0, self._end(int(known or 0))
        try:
            while piece := answer.read(min(1 << 15, end - sent)):
                self.wfile.write(piece)
                sent += len(piece)
                time.sleep(len(piece) / self.rate if self.rate else 0)
        finally:
            if end > _LARGE:
                with self.lock, self.log.open("a") as log:
                    log.write(f"sent {sent}\n")
            there.close()
            self.close_connection |= sent < int(known or 0)

    def _end(self, length: int) -> int:
        """How much of an answer is passed on."""
        with self.lock:
            if length <= _LARGE or not Handler.cuts or self.command != "GET":
                return length
            Handler.cuts -= 1
        return max(int(length * random.uniform(0.02, 0.2)), _LARGE + 1)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _forward


def over_tls(server: ThreadingHTTPServer, certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


if __name__ == "__main__":
    Handler.log = Path(sys.argv[2])
    Handler.user = sys.argv[3] if len(sys.argv) > 3 else ""
    Handler.rate, Handler.cuts = (int(sys.argv[at]) if len(sys.argv) > at else 0 for at in (4, 5))
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    if len(sys.argv) > 6:
        over_tls(server, *sys.argv[6:8])
    server.serve_forever()
