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
    nodes_stay_nodes = False  # true of 1.10: copying up writes a regular file with the node's mode
    names_stay_apart = False  # true of 1.10: the names share a node, which is known by the last one looked up
