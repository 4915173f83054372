from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from hutch.linux import files


def test_write_atomic_replaces_with_exact_mode(tmp_path: Path) -> None:
    path = str(tmp_path / "state")
    before = os.umask(0o077)
    try:
        files.write_atomic(path, b"one", 0o644)
        files.write_atomic(path, b"two" * 100000, 0o644, durable=False)
    finally:
        os.umask(before)
    assert Path(path).read_bytes() == b"two" * 100000
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o644
    assert os.listdir(tmp_path) == ["state"]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").write_text("")
    with pytest.raises(OSError):
        files.write_atomic(str(tmp_path / "folder"), b"x")
    assert os.listdir(tmp_path) == ["folder"]


def test_read_bounded(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * 10)
    assert files.read_bounded(str(path), 10) == b"x" * 10
    with pytest.raises(OSError) as caught:
        files.read_bounded(str(path), 9)
    assert caught.value.errno == errno.EFBIG


def test_folders_and_removal(tmp_path: Path) -> None:
    folder = str(tmp_path / "a/b")
    files.ensure_folder(folder, 0o710)
    files.ensure_folder(folder, 0o700)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    files.sync_folder(folder)
    files.sync_tree(folder)
    assert not files.remove_if_there(folder + "/none")


def test_a_write_that_fails_names_the_file() -> None:
    fd = os.open("/dev/full", os.O_WRONLY | os.O_CLOEXEC)
    try:
        with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
            files.write_all(fd, b"text")
    finally:
        os.close(fd)
