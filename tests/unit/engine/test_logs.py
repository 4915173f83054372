"""A container's log in the form that clients read."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hutch.engine.container import Container
from hutch.engine.logs import logs
from hutch.model.container import Config
from hutch.model.errors import Invalid, Unsupported
from hutch.model.host_config import HostConfig, LogConfig
from unit.engine.make import record


def logged(tmp_path: Path, *, driver: str = "json-file", tty: bool = False) -> Container:
    """A container that has written two lines to stdout and one to stderr."""
    path = tmp_path / "log"
    lines = [("one\n", "stdout"), ("bad\n", "stderr"), ("two\n", "stdout")]
    path.write_text(
        "".join(
            json.dumps({"log": text, "stream": stream, "time": f"2026-01-01T00:00:0{second}Z"}) + "\n"
            for second, (text, stream) in enumerate(lines)
        )
    )
    host = HostConfig(network_mode="none", log_config=LogConfig(type=driver, config={}))
    return Container(record(host=host, config=Config(image="x", tty=tty), log_path=str(path)))


def read(container: Container, **options: Any) -> bytes:
    async def run() -> bytes:
        asked = {"stdout": True, "stderr": True, "follow": False, **options}
        _, pieces = logs(container, **asked)
        return b"".join([piece async for piece in pieces])

    return asyncio.run(run())


def frame(stream: int, text: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


def test_frames_of_both_streams_in_their_order(tmp_path: Path) -> None:
    assert read(logged(tmp_path)) == frame(1, b"one\n") + frame(2, b"bad\n") + frame(1, b"two\n")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"stderr": False}, b"one\ntwo\n"),
        ({"tail": "1"}, b"two\n"),
        ({"tail": "nonsense"}, b"one\nbad\ntwo\n"),
        ({"since": "1767225601"}, b"bad\ntwo\n"),
        ({"until": "1767225600"}, b"one\n"),
        ({"follow": True}, b"one\nbad\ntwo\n"),
    ],
)
def test_what_is_chosen(tmp_path: Path, options: dict[str, Any], expected: bytes) -> None:
    """On a terminal, where there are no frames; one that has ended is not followed."""
    assert read(logged(tmp_path, tty=True), **options) == expected


def test_no_stream_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="you must choose at least one stream"):
        read(logged(tmp_path), stdout=False, stderr=False)


def test_a_driver_that_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="configured logging driver does not support reading"):
        read(logged(tmp_path, driver="none"))


def test_what_was_asked_for_before_the_container_was_removed(tmp_path: Path) -> None:
    """Clients wait for the head of the answer, remove the container, and then read."""

    async def run() -> bytes:
        _, pieces = logs(logged(tmp_path, tty=True), stdout=True, stderr=True, follow=True)
        assert await anext(pieces) == b""
        (tmp_path / "log").unlink()
        return b"".join([piece async for piece in pieces])

    assert asyncio.run(run()) == b"one\nbad\ntwo\n"
