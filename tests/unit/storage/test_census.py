from __future__ import annotations

import os
from pathlib import Path

from hutch.storage.census import census


def test_counts(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a").write_bytes(b"12345")
    os.link(tmp_path / "d/a", tmp_path / "b")
    (tmp_path / "link").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    assert census(str(tmp_path)) == (5 + len("/etc"), 4)


def test_the_link_that_a_start_makes_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/mtab").symlink_to("/proc/mounts")
    (tmp_path / "mtab").symlink_to("/proc/mounts")
    assert census(str(tmp_path)) == (12, 2)
    assert census(str(tmp_path), of_container=False) == (24, 3)
    (tmp_path / "etc/mtab").unlink()
    (tmp_path / "etc/mtab").symlink_to("/etc/fstab")
    assert census(str(tmp_path)) == (22, 3)


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
