from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.linux import fuse
from hutch.model.errors import Unsupported
from hutch.storage.fuse_overlayfs import FuseOverlayfs, why_not


def test_without_the_program_it_says_so(tmp_path: Path) -> None:
    if any(os.access(path, os.X_OK) for path in fuse.PROGRAMS):
        pytest.skip("the program fuse-overlayfs is installed; the exam shows that it works")
    assert why_not(str(tmp_path)) == "the program fuse-overlayfs is not installed"
    with pytest.raises(Unsupported, match="is not installed"):
        FuseOverlayfs(str(tmp_path))
    assert os.listdir(tmp_path) == []
