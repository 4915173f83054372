from __future__ import annotations

import gzip
from pathlib import Path

from hutch.images.sources import File
from support.registry import sha256


def test_a_file_is_read_counted_hashed_and_consumed(tmp_path: Path) -> None:
    data = gzip.compress(b"x" * 100_000)
    (tmp_path / "f").write_bytes(data)
    seen: list[int] = []
    source = File(str(tmp_path / "f"), seen.append)
    assert source.kind == "gzip" and source.read(10) == data[:10]
    assert source.digest() == sha256(data) and source.count == len(data) == seen[-1]
    assert source.take("elsewhere") == str(tmp_path / "f")
    source.close()
    assert not (tmp_path / "f").exists()


def test_a_file_that_was_moved_away_stays_there(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"plain")
    source = File(str(tmp_path / "f"), lambda _: None)
    assert source.kind == ""
    (tmp_path / "f").rename(tmp_path / "g")
    source.close()
    assert (tmp_path / "g").read_bytes() == b"plain"
