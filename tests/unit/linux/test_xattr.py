from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hutch.linux import xattr


def test_attributes_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    (tmp_path / "l").symlink_to("f")
    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        try:
            xattr.set_at(fd, b"f", "user.hutch", b"\0value")
        except OSError as error:
            if error.errno == errno.ENOTSUP:
                pytest.skip("this file system has no user attributes")
            raise
        assert xattr.get_at(fd, b"f", "user.hutch") == b"\0value"
        assert "user.hutch" in xattr.list_at(fd, b"f")
        assert xattr.get_at(fd, b"l", "user.hutch") is None  # the link itself, not its target
        with pytest.raises(OSError):
            xattr.set_at(fd, b"l", "user.hutch", b"x")
        xattr.remove_at(fd, b"f", "user.hutch")
        xattr.remove_at(fd, b"f", "user.hutch")
        assert xattr.get_at(fd, b"f", "user.hutch") is None
    finally:
        os.close(fd)
