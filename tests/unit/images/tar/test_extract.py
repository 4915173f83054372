from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.images.tar.extract import Extractor, current_umask, remove_tree
from hutch.model.errors import Invalid
from hutch.model.limits import DEFAULT
from hutch.model.tar import write
from hutch.model.tar.header import FOLDER, REGULAR, SYMLINK, Entry
from hutch.model.tar.reader import Reader, clean


def test_a_file_in_place_of_a_folder_deep_down(tmp_path: Path) -> None:
    parts = [write.head(Entry(name, kind, 0o755)) for name, kind in (
        (b"d/", FOLDER), (b"d/x/", FOLDER), (b"d/x/y", REGULAR), (b"d/x", REGULAR), (b"d/z", REGULAR)
    )]  # fmt: skip
    Extractor(str(tmp_path)).run(Reader([b"".join(parts) + write.END]))
    assert (tmp_path / "d/x").is_file() and (tmp_path / "d/z").is_file()


def test_names() -> None:
    for name, expected in ((b"/a//b/./c/", b"a/b/c"), (b"./", b""), (b"a/../b", b"b"), (b"a", b"a")):
        assert clean(name, DEFAULT) == expected
    for bad in (b"..", b"a/../..", b"/../x", b"d/" * 600 + b"x"):
        with pytest.raises(Invalid):
            clean(bad, DEFAULT)


def test_modes_and_times_whatever_the_umask(tmp_path: Path) -> None:
    folder, file = Entry(b"d", FOLDER, 0o1777), Entry(b"d/f", REGULAR, 0o666)
    for entry in (folder, file):
        entry.uid, entry.gid, entry.mtime = os.getuid(), os.getgid(), 5_000_000_007
    before = os.umask(0o077)
    try:
        assert current_umask() == 0o077
        Extractor(str(tmp_path)).run(Reader([write.head(folder) + write.head(file) + write.END]))
    finally:
        os.umask(before)
    assert (tmp_path / "d").stat().st_mode & 0o7777 == 0o1777
    assert (tmp_path / "d/f").stat().st_mode & 0o7777 == 0o666
    assert (tmp_path / "d").stat().st_mtime_ns == (tmp_path / "d/f").stat().st_mtime_ns == 5_000_000_007


def test_remove_tree_follows_nothing(tmp_path: Path) -> None:
    (tmp_path / "t/a/b").mkdir(parents=True)
    (tmp_path / "keep").write_text("")
    (tmp_path / "t/a/l").symlink_to(tmp_path)
    fd = os.open(tmp_path, os.O_RDONLY)
    remove_tree(fd, b"t")
    remove_tree(fd, b"none")
    os.close(fd)
    assert os.listdir(tmp_path) == ["keep"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_in_a_folder_that_hands_on_its_group_has_its_own(tmp_path: Path) -> None:
    folder, file, link = Entry(b"d", FOLDER, 0o2775), Entry(b"d/f", REGULAR, 0o644), Entry(b"d/l", SYMLINK, 0o777)
    folder.gid, link.link = 50, b"f"
    Extractor(str(tmp_path), "overlay").run(
        Reader([b"".join(write.head(entry) for entry in (folder, file, link)) + write.END])
    )
    assert (tmp_path / "d").stat().st_gid == 50
    assert (tmp_path / "d/f").stat().st_gid == (tmp_path / "d/l").lstat().st_gid == 0
    Extractor(str(tmp_path), "remove").run(Reader([write.head(Entry(b"d/later", REGULAR, 0o644)) + write.END]))
    assert (tmp_path / "d/later").stat().st_gid == 0
