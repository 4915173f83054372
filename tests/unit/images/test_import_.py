from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.images.import_ import image_config, spool
from hutch.model import platform


def test_config() -> None:
    config = image_config(platform.parse("linux/arm/v7"), {"User": "1", "Cmd": ["a"]}, "sha256:x", "2020", "m")
    assert list(config["config"]) == ["Cmd", "User"] and config["variant"] == "v7"
    assert config["rootfs"] == {"type": "layers", "diff_ids": ["sha256:x"]}
    assert config["history"] == [{"created": "2020", "comment": "m"}]


def test_a_spool_that_fails_leaves_nothing(tmp_path: Path) -> None:
    pieces = [b"a", b"b"]

    def read(count: int) -> bytes:
        if not pieces:
            raise ConnectionResetError
        return pieces.pop()

    with pytest.raises(ConnectionResetError):
        spool(read, str(tmp_path / "f"))
    assert os.listdir(tmp_path) == []
