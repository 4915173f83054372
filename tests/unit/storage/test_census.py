from __future__ import annotations

import os
from pathlib import Path

from hutch.storage.census import census


def test_counts(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a").write_bytes(b"12345")
    os.link(tmp_path / "d/a", tmp_path / "b")
    (tmp_path / "link").symlink_to("/etc")
    assert census(str(tmp_path)) == (5, 3)


def test_what_is_as_below_is_not_counted(tmp_path: Path) -> None:
    """Hard links stand for a snapshot here: they have the same inode numbers and times."""
    for name in ("base", "top"):
        (tmp_path / name).mkdir()
    (tmp_path / "base/same").write_bytes(b"12345")
    os.link(tmp_path / "base/same", tmp_path / "top/same")
    (tmp_path / "base/other").write_bytes(b"123")
    (tmp_path / "top/other").write_bytes(b"1234")
    assert census(str(tmp_path / "top"), str(tmp_path / "base")) == (4, 1)
    assert census(str(tmp_path / "top")) == (9, 2)
