import os
from pathlib import Path

import pytest

from hutch.runtime.steps import copy_up


def copy(source: Path, target: Path) -> None:
    one = os.open(source, os.O_PATH | os.O_DIRECTORY)
    two = os.open(target, os.O_PATH | os.O_DIRECTORY)
    try:
        copy_up.copy(one, two)
    finally:
        os.close(one)
        os.close(two)


def test_a_tree_is_copied_without_following_links(tmp_path: Path) -> None:
    source, target, outside = (tmp_path / name for name in ("source", "target", "outside"))
    for folder in (source / "deep", target, outside):
        folder.mkdir(parents=True)
    (outside / "secret").write_text("secret")
    (source / "deep" / "file").write_text("content")
    (source / "deep" / "file").chmod(0o640)
    (source / "link").symlink_to(outside)
    os.mkfifo(source / "fifo")
    copy(source, target)
    assert (target / "deep" / "file").read_text() == "content"
    assert (target / "deep" / "file").stat().st_mode & 0o7777 == 0o640
    assert (target / "link").is_symlink()
    assert not (target / "fifo").exists()


def test_a_tree_too_deep_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "source"
    folder = source
    for _ in range(105):
        folder = folder / "d"
    folder.mkdir(parents=True)
    (tmp_path / "target").mkdir()
    with pytest.raises(OSError, match="too much"):
        copy(source, tmp_path / "target")
