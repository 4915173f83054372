from __future__ import annotations

import os

import pytest

from hutch.linux import fuse


def test_the_program_is_told_the_folders_alone() -> None:
    options = ("lowerdir=/a:/b", "upperdir=/u", "workdir=/w", "ro")
    assert fuse.arguments(options) == (
        "-o",
        "lowerdir=/a:/b,upperdir=/u,workdir=/w,fast_ino=1,writeback=0",
        "/dev/fd/3",
    )


def test_a_program_that_is_not_there_is_named() -> None:
    if any(os.access(path, os.X_OK) for path in fuse.PROGRAMS):
        assert fuse.program() in fuse.PROGRAMS
        return
    with pytest.raises(FileNotFoundError, match="fuse-overlayfs"):
        fuse.program()
