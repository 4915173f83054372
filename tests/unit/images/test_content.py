from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.images.content import Blobs
from hutch.model.digest import sha256
from hutch.model.errors import Invalid, NotFound


def test_blobs(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    path = blobs.new_file()
    Path(path).write_bytes(b"x")
    name = sha256(b"x")
    blobs.adopt(path, name)
    blobs.sync()
    assert blobs.has(name) and blobs.all() == [name]
    fd = blobs.open(name)
    assert os.read(fd, 9) == b"x"
    os.close(fd)
    blobs.remove(name)
    blobs.remove(name)
    with pytest.raises(NotFound):
        blobs.open(name)
    with pytest.raises(Invalid):
        blobs.path("sha256:../../x")
    Path(blobs.new_file()).write_bytes(b"left")
    Blobs(str(tmp_path))
    assert os.listdir(blobs.ingest) == []


def test_a_part_of_what_is_here_is_of_no_use(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    Path(blobs.path(sha256(b"x"))).write_bytes(b"x")
    Path(blobs.part(sha256(b"x"))).write_bytes(b"x")
    Path(blobs.part(sha256(b"y"))).write_bytes(b"y")
    assert os.listdir(Blobs(str(tmp_path)).ingest) == [os.path.basename(blobs.part(sha256(b"y")))]


def test_parts_of_downloads_outlive_the_process_for_a_week(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    young, old = blobs.part(sha256(b"young")), blobs.part(sha256(b"old"))
    for path in (young, old, f"{blobs.ingest}/x.part"):
        Path(path).write_bytes(b"part")
    os.utime(old, (0, 0))
    Blobs(str(tmp_path))
    assert os.listdir(blobs.ingest) == [os.path.basename(young)]
    with pytest.raises(Invalid):
        blobs.part("../x")


def test_a_folder_that_a_crash_left_goes_with_all_in_it(tmp_path: Path) -> None:
    left = Path(Blobs(str(tmp_path)).ingest) / "tmpx" / "root" / "etc"
    left.mkdir(parents=True)
    (left / "link").symlink_to(tmp_path)
    assert os.listdir(Blobs(str(tmp_path)).ingest) == []
    assert tmp_path.is_dir()
