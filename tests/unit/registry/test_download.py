from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hutch.model.errors import Invalid, NotFound
from hutch.registry.client import Busy, Registry
from hutch.registry.download import Blob, places
from hutch.registry.transport import Unreachable
from support.registry import FakeRegistry, sha256

DATA = bytes(range(256)) * 1000


@pytest.fixture
def blob(registry: Registry, tmp_path: Path) -> Callable[..., Blob]:
    def make(path: Path, name: str = sha256(DATA), size: int = len(DATA), **options: Any) -> Blob:
        options.setdefault("wait", lambda _: None)
        return Blob(places([registry], "a", name), name, size, str(path), **options)

    return make


def test_fetch(fake: FakeRegistry, tmp_path: Path, blob: Callable[..., Blob]) -> None:
    fake.blob(DATA)
    seen: list[int] = []
    blob(tmp_path / "x", seen=seen.append).fetch()
    assert (tmp_path / "x").read_bytes() == DATA
    assert seen == sorted(seen) and seen[-1] == len(DATA)
    blob(tmp_path / "x").fetch()  # complete: nothing is asked for
    assert len(fake.log) == 1


def test_retries_are_bounded(fake: FakeRegistry, tmp_path: Path, blob: Callable[..., Blob]) -> None:
    fake.blob(DATA)
    waits: list[float] = []
    fake.cuts = [0] * 3
    with pytest.raises(Unreachable):
        blob(tmp_path / "x", wait=waits.append, attempts=3).fetch()
    assert len(waits) == 2
    fake.refusals = [(503, "9")] * 3
    with pytest.raises(Busy):
        blob(tmp_path / "x", wait=waits.append, attempts=3).fetch()
    assert waits[2:] == [9.0, 9.0]
    fake.cuts = [100_000, 0, 1000, 0, 1000]  # progress begins the count anew
    blob(tmp_path / "x", attempts=3).fetch()


def test_wrong_content_is_not_kept(fake: FakeRegistry, tmp_path: Path, blob: Callable[..., Blob]) -> None:
    name = fake.blob(DATA)
    fake.blobs[name] = DATA[:-1] + b"?"
    with pytest.raises(Invalid, match="verification failed"):
        blob(tmp_path / "x").fetch()
    assert not (tmp_path / "x").exists()
    fake.blobs[name] = DATA
    with pytest.raises(Invalid, match="larger than the 5 bytes"):
        blob(tmp_path / "x", size=5).fetch()


def test_a_part_that_is_too_long(fake: FakeRegistry, tmp_path: Path, blob: Callable[..., Blob]) -> None:
    fake.blob(DATA)
    (tmp_path / "x").write_bytes(DATA + b"more")
    blob(tmp_path / "x").fetch()
    assert (tmp_path / "x").read_bytes() == DATA


def test_missing(fake: FakeRegistry, tmp_path: Path, blob: Callable[..., Blob]) -> None:
    with pytest.raises(NotFound, match="blob unknown"):
        blob(tmp_path / "x").fetch()
