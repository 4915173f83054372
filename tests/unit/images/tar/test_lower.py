"""Folders that a layer needs and does not list."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.images.tar import lower
from hutch.images.tar.extract import Extractor
from hutch.model.limits import DEFAULT
from hutch.model.tar import write
from hutch.model.tar.header import REGULAR, Entry
from hutch.model.tar.reader import Reader


@pytest.fixture
def lowers(tmp_path: Path) -> list[str]:
    """The uppermost has a file where the lowest has a folder."""
    for name, mode in (("top/a", 0o711), ("bottom/a", 0o700), ("bottom/b/c", 0o1777), ("bottom/hidden", 0o700)):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name).chmod(mode)
    (tmp_path / "top/hidden").write_text("")
    (tmp_path / "top/link").symlink_to("a")
    os.utime(tmp_path / "bottom/b/c", ns=(5, 1_000_000_007))
    return [str(tmp_path / "top"), str(tmp_path / "bottom")]


def test_the_uppermost_counts(lowers: list[str]) -> None:
    found = lower.find(lowers, b"a")
    assert found is not None and found.mode == 0o711 and found.uid == os.getuid()
    found = lower.find(lowers, b"b/c")
    assert found is not None and (found.mode, found.mtime) == (0o1777, 1_000_000_007)


@pytest.mark.parametrize("path", [b"hidden", b"hidden/x", b"link", b"none", b"a/none"])
def test_what_is_no_folder_or_hidden_by_none_is_not_found(lowers: list[str], path: bytes) -> None:
    assert lower.find(lowers, path) is None


def test_an_unpacked_layer_takes_them_over(lowers: list[str], tmp_path: Path) -> None:
    target = tmp_path / "new"
    target.mkdir()
    entries = [Entry(name, REGULAR, 0o644) for name in (b"b/c/file", b"fresh/file")]
    for entry in entries:
        entry.uid, entry.gid = os.getuid(), os.getgid()
    data = b"".join(write.head(entry) for entry in entries) + write.END
    Extractor(str(target), "literal", DEFAULT, lambda: lowers).run(Reader([data]))
    assert (target / "b/c").stat().st_mode & 0o7777 == 0o1777
    assert (target / "b/c").stat().st_mtime_ns == 1_000_000_007
    assert (target / "fresh").stat().st_mode & 0o7777 == 0o755
