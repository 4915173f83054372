from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from hutch.linux import quota
from hutch.model.errors import Invalid, Unsupported
from hutch.storage import disk
from hutch.storage.overlay2 import Overlay2
from suites.storage import StorageExam, look

pytestmark = pytest.mark.kernel
DISKS = pytest.mark.skipif(disk.why_not() is not None, reason=str(disk.why_not()))


class TestOverlay2(StorageExam):
    make = Overlay2


def on_disks(data_root: str) -> Overlay2:
    """Every container on a disk of its own."""
    return Overlay2(data_root, {"overlay2.quota": "loop", "overlay2.size": "16m"})


@DISKS
class TestOnDisks(StorageExam):
    make = staticmethod(on_disks)


def test_129_layers_are_too_many(tmp_path: Path) -> None:
    driver = Overlay2(str(tmp_path))
    parent = None
    for number in range(128):
        driver.prepare(f"staging-{number}", parent)
        parent = "sha256:" + f"{number:064}"
        driver.commit(f"staging-{number}", parent)
    driver.prepare("staging-x", parent)
    with pytest.raises(Invalid, match="max depth exceeded"):
        driver.commit("staging-x", "sha256:" + "f" * 64)
    driver.close()


def test_without_quotas_a_size_is_refused(tmp_path: Path) -> None:
    if quota.enforced(str(tmp_path)):
        pytest.skip("this file system has project quotas")
    driver = Overlay2(str(tmp_path))
    with pytest.raises(Unsupported, match="--storage-opt is supported only for overlay over xfs with 'pquota'"):
        driver.prepare("c", None, {"size": "1g"})
    with pytest.raises(Invalid, match="Unknown option sise"):
        driver.prepare("c", None, {"sise": "1g"})
    assert driver.keys() == []
    driver.close()
    with pytest.raises(Unsupported, match=r"overlay2\.size"):
        Overlay2(str(tmp_path), {"overlay2.size": "1g"})


@DISKS
def test_a_disk_is_full_at_its_size(tmp_path: Path) -> None:
    driver = Overlay2(str(tmp_path), {"overlay2.quota": "loop"})
    driver.prepare("staging-1", None)
    (Path(driver.layer_dir("staging-1")) / "below").write_text("b")
    driver.commit("staging-1", "sha256:" + "a" * 64)
    with look(driver.prepare("c", "sha256:" + "a" * 64, {"size": "16m"})) as root:
        (root / "below").write_text("changed")
        with pytest.raises(OSError, match="No space left") as caught:
            (root / "big").write_bytes(b"x" * (17 << 20))
        assert caught.value.errno == errno.ENOSPC
        # A second look while it is mounted: the same file system, not another device over the same file.
        folder = Path(driver.layer_dir("c"))
        assert (folder / "below").read_text() == "changed"
        (folder / "big").unlink()
        (root / "small").write_bytes(b"x" * (1 << 20))
    driver.release("c")
    assert driver.usage("c").size == (1 << 20) + len("changed")
    with look(driver.mounts("c")) as root:
        assert (root / "below").read_text() == "changed" and not (root / "big").exists()
    os.sync()
    own = os.stat(tmp_path / "overlay2/c/disk.img")
    assert own.st_size == 16 << 20 and own.st_blocks * 512 < 8 << 20 and stat.S_IMODE(own.st_mode) == 0o600
    with pytest.raises(Invalid, match="too small"):
        driver.prepare("d", None, {"size": "1m"})
    assert driver.keys() == sorted(["c", "sha256:" + "a" * 64])
    driver.close()
