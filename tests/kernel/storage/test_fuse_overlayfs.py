from __future__ import annotations

import contextlib
import os

import pytest

from hutch.linux import fuse
from hutch.storage.fuse_overlayfs import FuseOverlayfs
from suites.storage import StorageExam
from suites.storage_look import look


@pytest.mark.kernel
@pytest.mark.skipif(
    not any(os.access(path, os.X_OK) for path in fuse.PROGRAMS), reason="the program fuse-overlayfs is not installed"
)
class TestFuseOverlayfs(StorageExam):
    make = FuseOverlayfs
    nodes_stay_nodes = False  # true of 1.10: copying up writes a regular file with the node's mode
    names_stay_apart = False  # true of 1.10: the names share a node, which is known by the last one looked up

    def test_no_zeros_are_read_while_a_file_is_written_anew(self, driver: FuseOverlayfs) -> None:
        driver.prepare("c", self.base(driver))
        seen = set()
        for _ in range(100):
            with look(driver.mounts("c")) as root:
                pid = os.fork()
                if not pid:
                    for _ in range(3):
                        (root / "file").write_text("one")
                    os._exit(0)
                while os.waitpid(pid, os.WNOHANG) == (0, 0):
                    with contextlib.suppress(FileNotFoundError):
                        seen.add((root / "file").read_text())
                seen.add((root / "file").read_text())
        assert seen <= {"", "one"}
