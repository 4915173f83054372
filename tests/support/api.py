"""The Engine API without a client of anybody's: requests over the unix socket."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from typing import Any


class _Unix(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def call(path: str, method: str, target: str, body: Any = None, timeout: float = 30.0) -> tuple[int, Any]:
    """(status, decoded answer) of one request on the socket ``path``; an answer that is no JSON is bytes."""
    with contextlib.closing(connection(path, timeout)) as line:
        return ask(line, method, target, body)


def connection(path: str, timeout: float = 30.0) -> http.client.HTTPConnection:
    """A connection to the socket ``path``, which is made with the first request and kept for the next ones."""
    return _Unix(path, timeout)


def ask(line: http.client.HTTPConnection, method: str, target: str, body: Any = None) -> tuple[int, Any]:
    """As :func:`call`, on a connection that is there."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    kind = "application/x-tar" if isinstance(body, bytes) else "application/json"
    line.request(method, target, data, {"Content-Type": kind} if data is not None else {})
    answer = line.getresponse()
    text = answer.read()
    if "json" in (answer.getheader("Content-Type") or "") and text:
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text
    return answer.status, text
