from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.linux import loop

pytestmark = pytest.mark.kernel


def test_a_file_is_a_device_as_long_as_it_is_open(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"h" * 4096 + b"\0" * 4096)
    fd, device = loop.attach(str(image))
    try:
        assert os.pread(fd, 4, 0) == b"hhhh"
        assert loop.backing(fd)[1] == image.stat().st_ino
        os.pwrite(fd, b"written", 4096)
        os.fsync(fd)
        os.truncate(image, 16384)
        loop.grow(fd)
        assert os.lseek(fd, 0, os.SEEK_END) == 16384
    finally:
        os.close(fd)
    assert image.read_bytes()[4096:4103] == b"written"
    assert device.startswith("/dev/loop")


def test_read_only(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"\0" * 8192)
    fd, device = loop.attach(str(image), read_only=True)
    try:
        writing = os.open(device, os.O_RDWR)
        with pytest.raises(PermissionError):
            os.pwrite(writing, b"x", 0)
        os.close(writing)
    finally:
        os.close(fd)
