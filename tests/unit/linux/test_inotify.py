import os
import select
from pathlib import Path

import pytest

from hutch.linux import inotify


def test_a_modification_makes_it_readable(tmp_path):
    file = tmp_path / "f"
    file.write_text("")
    fd = inotify.watch_modified(str(file))
    try:
        with pytest.raises(BlockingIOError):
            os.read(fd, 1024)
        file.write_text("x")
        assert os.read(fd, 1024)
    finally:
        os.close(fd)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        inotify.watch_modified(str(tmp_path / "none"))


def test_a_folder_tells_of_new_moved_and_written_files(tmp_path: Path) -> None:
    fd = inotify.watch_folder(str(tmp_path))
    try:
        for change in (
            lambda: (tmp_path / "a").touch(),
            lambda: (tmp_path / "a").rename(tmp_path / "b"),
            lambda: (tmp_path / "b").write_text("x"),
        ):
            inotify.drain(fd)
            assert not select.select([fd], [], [], 0)[0]
            change()
            assert select.select([fd], [], [], 5)[0]
    finally:
        os.close(fd)
