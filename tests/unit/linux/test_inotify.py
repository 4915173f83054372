import os

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
