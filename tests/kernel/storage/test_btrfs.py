from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.linux import btrfs
from hutch.model.errors import Invalid, Unsupported
from hutch.storage.btrfs import Btrfs, why_not
from suites.storage import StorageExam
from suites.storage_look import look
from support.disk import disk

pytestmark = pytest.mark.kernel


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder on btrfs."""
    with disk(tmp_path / "image", 512 << 20, ["/usr/sbin/mkfs.btrfs", "-q"]) as root:
        (root / "data").mkdir()
        yield root / "data"


class TestBtrfs(StorageExam):
    make = Btrfs

    def test_children_are_snapshots(self, driver: Btrfs) -> None:
        def fill(root: Path) -> None:
            (root / "big").write_bytes(b"x" * 1_000_000)
            (root / "hosts").write_text("1")

        base = self.layer(driver, 1, None, fill)
        driver.prepare("c", base)
        assert btrfs.is_subvolume(driver.layer_dir("c"))
        assert driver.usage("c").size == 0
        (Path(driver.layer_dir("c")) / "new").write_bytes(b"y" * 500)
        (Path(driver.layer_dir("c")) / "hosts").write_text("22")
        assert driver.usage("c") == (502, 2)
        assert driver.usage(base).size == 1_000_001

    def test_subvolumes_made_inside_are_deleted_too(self, driver: Btrfs) -> None:
        driver.prepare("c", None)
        btrfs.create(driver.layer_dir("c"), "inner")
        (Path(driver.layer_dir("c")) / "inner/file").write_text("x")
        driver.remove("c")
        driver.close()
        assert os.listdir(os.path.join(driver.home, ".trash")) == []

    def test_a_size_is_kept_to(self, driver: Btrfs) -> None:
        base = self.base(driver)
        driver.prepare("c", base, {"size": "8m"})
        with look(driver.mounts("c")) as root, pytest.raises(OSError, match="Disk quota exceeded"):
            for number in range(64):
                with open(root / f"f{number}", "wb") as file:
                    file.write(os.urandom(1 << 20))
                    file.flush()
                    os.fsync(file.fileno())
        driver.remove("c")
        driver.prepare("c", base)  # the same key again: no bound is left from the first
        with look(driver.mounts("c")) as root, open(root / "f", "wb") as file:
            file.write(os.urandom(16 << 20))
            os.fsync(file.fileno())

    def test_a_size_that_is_too_small(self, tmp_path: Path) -> None:
        driver = Btrfs(str(tmp_path / "least"), {"btrfs.min_space": "10g"})
        with pytest.raises(Invalid, match="cannot be less than"):
            driver.prepare("c", None, {"size": "1g"})
        with pytest.raises(Invalid, match="unknown option colour"):
            driver.prepare("c", None, {"colour": "1g"})
        assert driver.keys() == []
        driver.close()

    def test_what_info_says(self, driver: Btrfs) -> None:
        assert driver.status() == [("Btrfs", "")]


def test_another_file_system_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert why_not(str(elsewhere)) == "the data root is not on btrfs"
    with pytest.raises(Unsupported, match="wrong filesystem"):
        Btrfs(str(elsewhere))
