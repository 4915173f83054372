from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from hutch.images.downloads import Download, Downloads, link
from hutch.images.room import Room


def nothing() -> None:
    pass


def test_one_download_for_all_who_want_it(tmp_path: Path) -> None:
    begun: list[str] = []
    go = threading.Event()

    def fetch(path: str, seen: Any, wait: Any) -> None:
        begun.append(path)
        go.wait(10)
        Path(path).write_bytes(b"x")
        seen(1)

    heard: list[tuple[str, int]] = []
    downloads = Downloads(lambda name: str(tmp_path / name), 2)
    with downloads.wanted("a", fetch, lambda w, n: heard.append((w, n))) as one:
        with downloads.wanted("a", fetch, lambda w, n: None) as other:
            assert one is other
            go.set()
            assert other.wait(nothing) == str(tmp_path / "a")
        assert Path(link(one.wait(nothing), str(tmp_path / "b"))).read_bytes() == b"x"
    assert begun == [str(tmp_path / "a")] and not (tmp_path / "a").exists()
    assert heard == [("Downloading", 1), ("Verifying", 0), ("Complete", 0)]


def test_the_last_who_leaves_stops_it(tmp_path: Path) -> None:
    downloads = Downloads(lambda name: str(tmp_path / name), 1)
    reached = threading.Event()

    def endless(path: str, seen: Any, wait: Any) -> None:
        Path(path).write_bytes(b"part")
        reached.set()
        while True:
            wait(0.01)

    with pytest.raises(KeyError), downloads.wanted("a", endless, lambda w, n: None) as download:
        assert reached.wait(10)
        raise KeyError
    assert download.done.wait(10) and (tmp_path / "a").exists()

    def rest(path: str, seen: Any, wait: Any) -> None:
        assert Path(path).read_bytes() == b"part"

    with downloads.wanted("a", rest, lambda w, n: None) as again:
        assert again is not download and again.wait(nothing)
    assert not (tmp_path / "a").exists()


def test_failures_are_told_and_forgotten(tmp_path: Path) -> None:
    def fails(path: str, seen: Any, wait: Any) -> None:
        raise OSError("no")

    downloads = Downloads(lambda name: str(tmp_path / name), 1)
    for _ in range(2):
        with pytest.raises(OSError, match="no"), downloads.wanted("a", fails, lambda w, n: None) as download:
            download.wait(nothing)


def test_waiting_can_be_given_up(tmp_path: Path) -> None:
    def check() -> None:
        raise KeyError

    download = Download("x", lambda *_: None, Room(0))
    download.start()
    with pytest.raises(KeyError):
        download.wait(check)
    download.stopped.set()
    assert download.done.wait(10)


def test_a_file_that_the_store_needs_no_more_goes_whoever_failed(tmp_path: Path) -> None:
    def fetch(path: str, seen: Any, wait: Any) -> None:
        Path(path).write_bytes(b"x")

    for kept in (False, True):
        downloads = Downloads(lambda name: str(tmp_path / name), 1, lambda _, kept=kept: kept)
        with pytest.raises(KeyError), downloads.wanted("a", fetch, lambda w, n: None) as download:
            download.wait(nothing)
            raise KeyError
        assert (tmp_path / "a").exists() is not kept
