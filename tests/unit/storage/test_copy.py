from __future__ import annotations

import os
import stat
from pathlib import Path

from hutch.storage.copy import copy_tree


def test_a_copy_is_the_same(tmp_path: Path) -> None:
    source, target = tmp_path / "s", tmp_path / "t"
    (source / "d/e").mkdir(parents=True)
    (source / "d/f").write_bytes(b"x" * 100000)
    (source / "d/f").chmod(0o640)
    os.link(source / "d/f", source / "again")
    (source / "l").symlink_to("/nowhere")
    os.mkfifo(source / "p")
    name = os.fsencode(str(source)) + b"/\xff\n"
    os.close(os.open(name, os.O_CREAT, 0o600))
    with (source / "sparse").open("wb") as file:
        file.truncate(1 << 30)
    os.utime(source / "d", ns=(1, 2_000_000_003))
    target.mkdir()
    copy_tree(str(source), str(target))
    assert (target / "d/f").read_bytes() == b"x" * 100000
    assert stat.S_IMODE((target / "d/f").stat().st_mode) == 0o640
    assert (target / "again").stat().st_ino == (target / "d/f").stat().st_ino
    assert (target / "l").readlink() == Path("/nowhere")
    assert stat.S_ISFIFO((target / "p").lstat().st_mode)
    assert (target / "d").stat().st_mtime_ns == 2_000_000_003
    assert os.path.exists(os.fsencode(str(target)) + b"/\xff\n")
    assert (target / "sparse").stat().st_size == 1 << 30


def test_a_deep_tree(tmp_path: Path) -> None:
    parts = ["d"] * 1200
    at = str(tmp_path / "s")
    os.mkdir(at)
    for part in parts:
        at += "/" + part
        os.mkdir(at)
    (tmp_path / "t").mkdir()
    copy_tree(str(tmp_path / "s"), str(tmp_path / "t"))
    assert os.path.isdir(str(tmp_path / "t") + "/" + "/".join(parts))
    for folder in ("s", "t"):  # pytest's own cleaning recurses
        path = str(tmp_path / folder) + "/" + "/".join(parts)
        for _ in parts:
            os.rmdir(path)
            path = os.path.dirname(path)
