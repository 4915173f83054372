from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.model.errors import Invalid
from hutch.storage import disk


def test_a_disk_has_a_least_size(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="size 1048576 is too small"):
        disk.make(str(tmp_path), 1 << 20)
    assert os.listdir(tmp_path) == []


def test_the_overlay_writes_to_the_disk() -> None:
    assert disk.options("/h/k") == ("upperdir=/h/k/diff/upper", "workdir=/h/k/diff/work", "disk=/h/k/disk.img")
