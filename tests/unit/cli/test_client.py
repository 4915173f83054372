"""Requests."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from hutch.cli.address import find
from hutch.cli.client import Client, escape, target
from hutch.cli.errors import EngineError, NoEngine


def test_targets() -> None:
    query = {"a": True, "b": False, "c": "x y", "d": ["1", "2"], "e": {"f": "g"}, "h": None, "i": ""}
    assert target("/p", query) == "/p?a=1&c=x%20y&d=1&d=2&e=%7B%22f%22:%22g%22%7D"
    assert escape("ä&") == "%C3%A4%26"


def test_a_foreign_engine_is_asked_for_its_version(engine: Any) -> None:
    engine.on("GET /x", {"a": 1})
    client = Client(find(engine.address, False))
    assert client.json("GET", "/x") == {"a": 1}
    assert client.version == "/v1.50"
    client.close()


def test_of_an_older_engine_somebody_may_want_to_know(engine: Any) -> None:
    engine.version = "1.41"
    told: list[str] = []
    client = Client(find(engine.address, False))
    client.on_older = told.append
    client.negotiate()
    client.negotiate()
    assert (client.version, told) == ("/v1.41", ["1.41"])
    client.close()


def test_no_engine() -> None:
    with pytest.raises(NoEngine) as caught:
        Client(find("unix:///nonexistent/x.sock", False)).json("GET", "/x")
    assert caught.value.message == (
        "Cannot connect to the hutch daemon at unix:///nonexistent/x.sock. Is the hutch daemon running?"
    )


def test_objects_of_a_stream(engine: Any) -> None:
    engine.on("GET /s", b'{"a":1}\r\n{"b":"\\n"}{"c":2}\n{"d":3}')
    client = Client(find(engine.address, False))
    assert list(client.stream("GET", "/s")) == [{"a": 1}, {"b": "\n"}, {"c": 2}, {"d": 3}]
    client.close()


def test_a_connection_that_ends_with_the_first_answer_is_not_used_again(tmp_path: Path) -> None:
    """As a TLS listener does which hears plain HTTP."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()

        def serve() -> None:
            for _ in range(2):
                connection = listener.accept()[0]
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\nSpeak TLS.\n")

        server = threading.Thread(target=serve)
        server.start()
        client = Client(find(f"unix://{tmp_path}/s", False))
        with pytest.raises(EngineError, match=r"Speak TLS\."):
            client.json("GET", "/x")
        client.close()
        server.join(10)
