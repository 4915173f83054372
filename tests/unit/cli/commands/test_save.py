"""``hutch save`` against a scripted engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_writes_a_file_only_when_whole(engine: Any, hutch: Any, tmp_path: Path) -> None:
    engine.on("GET /images/get", b"tar" * 1000)
    path = tmp_path / "out.tar"
    assert hutch("save", "-o", str(path), "a", "b") == (0, "", "")
    assert path.read_bytes() == b"tar" * 1000
    assert engine.targets() == ["GET /images/get?names=a&names=b"]
    assert hutch("save", "-o", str(tmp_path / "no" / "x"), "a")[0] == 1
    assert sorted(p.name for p in tmp_path.glob("*.tar*")) == ["out.tar"]
