"""A scripted engine: a unix socket that gives prepared answers and remembers what was asked."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hutch.cli.main import main


class ScriptedEngine:
    """Answers by ``METHOD path`` (without version and query); what is not prepared is a 404 in the engine's words."""

    def __init__(self, path: Path) -> None:
        self.answers: dict[str, tuple[int, bytes, str]] = {}
        self.asked: list[tuple[str, str, bytes]] = []
        self.version = "1.51"
        self.address = f"unix://{path}"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def on(self, request: str, answer: Any = None, status: int = 200, kind: str = "application/json") -> None:
        """Prepares an answer: bytes as they are, anything else as JSON."""
        body = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
        self.answers[request] = (status, body, kind)

    def targets(self) -> list[str]:
        """``METHOD target`` of what was asked, in order."""
        return [f"{method} {target}" for method, target, _ in self.asked]

    def body(self, number: int = -1) -> Any:
        """The JSON body of a request."""
        return json.loads(self.asked[number][2])

    def close(self) -> None:
        """Stops listening."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            while head := stream.readline().decode().split():
                headers = {}
                while line := stream.readline().strip():
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                body = b""
                if headers.get("transfer-encoding") == "chunked":
                    while size := int(stream.readline(), 16):
                        body += stream.read(size)
                        stream.readline()
                    stream.readline()
                body += stream.read(int(headers.get("content-length", 0)))
                method, target = head[0], head[1].removeprefix("/v1.50")
                if target == "/_ping":
                    version = self.version.encode()
                    stream.write(b"HTTP/1.1 200 OK\r\nApi-Version: " + version + b"\r\nContent-Length: 0\r\n\r\n")
                    stream.flush()
                    continue
                self.asked.append((method, target, body))
                status, answer, kind = self.answers.get(
                    f"{method} {target.partition('?')[0]}",
                    (404, b'{"message":"No such thing: %s"}' % target.partition("?")[0].encode(), "application/json"),
                )
                if status == 101:
                    stream.write(f"HTTP/1.1 101 UPGRADED\r\nContent-Type: {kind}\r\n\r\n".encode() + answer)
                    stream.flush()
                    return
                stream.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
                )
                stream.write(answer)
                stream.flush()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ScriptedEngine]:
    """A scripted engine on a socket of its own."""
    found = ScriptedEngine(tmp_path / "engine.sock")
    yield found
    found.close()


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's real settings are read: they are in ``tmp_path``."""
    monkeypatch.delenv("HUTCH_CONFIG", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


@pytest.fixture
def hutch(engine: ScriptedEngine, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs ``hutch`` against the scripted engine: (exit code, standard output, standard error)."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["-H", engine.address, *words])
        out, err = capfd.readouterr()
        return code, out, err

    return run
