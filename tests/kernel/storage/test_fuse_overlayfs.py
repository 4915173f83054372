from __future__ import annotations

import os

import pytest

from hutch.linux import fuse
from hutch.storage.fuse_overlayfs import FuseOverlayfs
from suites.storage import StorageExam


@pytest.mark.kernel
@pytest.mark.skipif(
    not any(os.access(path, os.X_OK) for path in fuse.PROGRAMS), reason="the program fuse-overlayfs is not installed"
)
class TestFuseOverlayfs(StorageExam):
    make = FuseOverlayfs
