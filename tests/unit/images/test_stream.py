"""A download that is read while it comes, is begun anew, breaks, and is given up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hutch.images.downloads import Download
from hutch.images.room import Room
from hutch.images.stream import Restarted, Stream
from hutch.images.threads import Gone
from hutch.model.errors import Invalid


class Slow:
    """A download that goes on when it is told to."""

    def __init__(self, path: Path, *steps: Callable[[Path, Any], None]) -> None:
        self.next = [threading.Event() for _ in steps]
        self.did = [threading.Event() for _ in steps]

        def fetch(name: str, seen: Any, wait: Any) -> None:
            for step, go, did in zip(steps, self.next, self.did, strict=True):
                assert go.wait(10)
                step(Path(name), seen)
                did.set()

        self.download = Download(str(path / "part"), fetch, Room(1))
        self.download.start()

    def go(self, step: int) -> None:
        self.next[step].set()
        assert self.did[step].wait(10)

    def stream(self, check: Callable[[], None] = lambda: None) -> Stream:
        return Stream(self.download, "sha256:x", check, lambda _: None)


def writes(data: bytes) -> Callable[[Path, Any], None]:
    def step(path: Path, seen: Any) -> None:
        with open(path, "ab") as file:
            file.write(data)
        seen(path.stat().st_size)

    return step


def begins_anew(path: Path, seen: Any) -> None:
    seen(0)
    path.write_bytes(b"")


def test_bytes_are_read_as_they_come_and_the_end_when_all_is_verified(tmp_path: Path) -> None:
    slow = Slow(tmp_path, writes(b"0123456789"), writes(b"abc"), lambda path, seen: None)
    stream = slow.stream()
    slow.go(0)
    assert stream.kind == "" and stream.read(4) == b"0123" and stream.read(100) == b"456789"
    slow.go(1)
    assert stream.read(100) == b"abc"
    end: list[bytes] = []
    thread = threading.Thread(target=lambda: end.append(stream.read(1)))
    thread.start()
    with pytest.raises(Invalid, match="not complete"):
        stream.take(str(tmp_path / "mine"))
    assert not end
    slow.go(2)
    thread.join()
    assert end == [b""] and stream.count == 13 and stream.digest() == "sha256:x"
    assert Path(stream.take(str(tmp_path / "mine"))).read_bytes() == b"0123456789abc"
    stream.close()
    assert not (tmp_path / "mine").exists() and (tmp_path / "part").exists()


def test_what_was_wrong_is_told(tmp_path: Path) -> None:
    slow = Slow(tmp_path, writes(b"wrong"), begins_anew, writes(b"right"))
    stream = slow.stream()
    slow.go(0)
    assert stream.read(3) == b"wro"
    slow.go(1)
    with pytest.raises(Restarted):
        stream.read(3)
    stream.close()
    slow.go(2)
    again = slow.stream()
    assert again.read(99) == b"right" and again.read(99) == b""
    again.close()


def test_a_failure_comes_through(tmp_path: Path) -> None:
    def fails(path: Path, seen: Any) -> None:
        raise OSError("broken")

    slow = Slow(tmp_path, writes(b"x"), fails)
    stream = slow.stream()
    slow.go(0)
    assert stream.read(1) == b"x"
    slow.next[1].set()
    with pytest.raises(OSError, match="broken"):
        stream.read(1)
    stream.close()


def test_who_waits_can_be_told_to_stop(tmp_path: Path) -> None:
    slow = Slow(tmp_path, lambda path, seen: None)
    stream, ended = slow.stream(), threading.Event()

    def read() -> None:
        with pytest.raises(Gone):
            stream.read(1)
        ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    stream.stop()
    thread.join()
    assert ended.is_set()

    def leave() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        slow.stream(leave).read(1)
    slow.go(0)


def test_a_file_that_was_removed_as_wrong_is_explained(tmp_path: Path) -> None:
    def is_wrong(path: Path, seen: Any) -> None:
        path.unlink()

    def fails(path: Path, seen: Any) -> None:
        raise Invalid("verification failed")

    slow = Slow(tmp_path, writes(b"x"), is_wrong, fails)
    stream = slow.stream()
    slow.go(0)
    slow.go(1)
    slow.next[2].set()
    with pytest.raises(Invalid, match="verification failed"):
        stream.read(1)
    stream.close()
