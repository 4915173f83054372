from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from hutch.linux import quota
from hutch.model.errors import Invalid, Unsupported
from hutch.storage import disk, projects
from hutch.storage.overlay2 import Overlay2
from suites.storage import StorageExam
from suites.storage_look import look
from support.space import until

pytestmark = pytest.mark.kernel
DISKS = pytest.mark.skipif(disk.why_not() is not None, reason=str(disk.why_not()))


class TestOverlay2(StorageExam):
    make = Overlay2

    def test_what_info_says(self, driver: Overlay2) -> None:
        rows = dict(driver.status())
        assert rows["Backing Filesystem"] == os.environ.get("HUTCH_EXAM_BACKING", rows["Backing Filesystem"])
        assert (rows["Supports d_type"], rows["Native Overlay Diff"], rows["userxattr"]) == ("true", "true", "false")


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
        os.sync()  # now it has its blocks in the image
        (root / "big").unlink()
        (root / "small").write_bytes(b"x" * (1 << 20))
    driver.release("c")
    assert driver.usage("c").size == (1 << 20) + len("changed")
    with look(driver.mounts("c")) as root:
        assert (root / "below").read_text() == "changed" and not (root / "big").exists()
    image = tmp_path / "overlay2/c/disk.img"
    assert until(lambda: image.stat().st_blocks * 512 < 8 << 20), "what was removed is not given back"
    own = image.stat()
    assert own.st_size == 16 << 20 and stat.S_IMODE(own.st_mode) == 0o600
    with pytest.raises(Invalid, match="too small"):
        driver.prepare("d", None, {"size": "1m"})
    assert driver.keys() == sorted(["c", "sha256:" + "a" * 64])
    driver.close()


@pytest.fixture
def quotas(tmp_path: Path) -> None:
    """Needs a file system that holds projects to their limits; test_backing.py sees to it that there is one."""
    if not quota.enforced(str(tmp_path)):
        assert "HUTCH_EXAM_QUOTA" not in os.environ
        pytest.skip("this file system has no project quotas")


@pytest.mark.usefixtures("quotas")
class TestProjects:
    """Limits by project quota."""

    @pytest.fixture
    def base(self, tmp_path: Path) -> str:
        driver = Overlay2(str(tmp_path))
        driver.prepare("staging-1", None)
        (Path(driver.layer_dir("staging-1")) / "below").write_bytes(b"b" * (3 << 20))
        driver.commit("staging-1", "sha256:" + "a" * 64)
        driver.close()
        return "sha256:" + "a" * 64

    @staticmethod
    def fill(folder: Path) -> int:
        """Write until nothing more may be; the bytes that were."""
        written = 0
        with (
            open(folder / "big", "wb") as file,
            pytest.raises(OSError, match=r"No space left|quota exceeded") as caught,
        ):
            for _ in range(40):
                file.write(b"x" * (1 << 20))
                file.flush()
                os.fsync(file.fileno())
                written += 1 << 20
        assert caught.value.errno in (errno.ENOSPC, errno.EDQUOT)
        return written

    def test_a_container_is_full_at_its_size(self, tmp_path: Path, base: str) -> None:
        driver = Overlay2(str(tmp_path))
        driver.prepare("a", base, {"size": "8m"})
        driver.prepare("b", base, {"SIZE": "20m"})
        driver.prepare("free", base)
        with look(driver.mounts("a")) as a, look(driver.mounts("b")) as b, look(driver.mounts("free")) as free:
            assert 4 << 20 <= self.fill(a) <= 8 << 20
            assert os.statvfs(a).f_blocks * os.statvfs(a).f_frsize == 8 << 20
            assert 16 << 20 <= self.fill(b) <= 20 << 20
            (free / "more").write_bytes(b"x" * (24 << 20))
            (a / "big").unlink()
            (a / "below").chmod(0o600)  # copied up: counts
            assert self.fill(a) <= 5 << 20
        driver.close()

    def test_a_limit_is_kept_over_a_restart_and_goes_with_the_layer(self, tmp_path: Path, base: str) -> None:
        first = Overlay2(str(tmp_path))
        first.prepare("a", base, {"size": "8m"})
        first.close()
        driver = Overlay2(str(tmp_path))
        number = quota.project(f"{driver.home}/a")
        assert quota.usage(driver.home, number)[1] == 8 << 20
        with look(driver.mounts("a")) as a:
            self.fill(a)
        for key in ("b", "c"):
            driver.prepare(key, base, {"size": "1g"})
        assert len({quota.project(f"{driver.home}/{key}/diff") for key in "abc"}) == 3
        driver.remove("a")
        driver.close()
        assert quota.usage(driver.home, number)[1] == 0
        assert until(lambda: quota.usage(driver.home, number) == (0, 0), 60)  # blocks are freed in the background

    def test_what_a_crash_left_half_made_keeps_no_limit(self, tmp_path: Path, base: str) -> None:
        driver = Overlay2(str(tmp_path))
        numbers = []
        for key in ("a", "staging-b"):
            folder = f"{driver.home}/{key}"
            os.mkdir(folder)
            projects.confine(folder, 8 << 20)
            numbers.append(quota.project(folder))
        driver.prepare("a", base)
        driver.close()
        Overlay2(str(tmp_path)).close()
        for number in numbers:
            assert number and until(lambda number=number: quota.usage(driver.home, number) == (0, 0), 60)

    def test_a_size_for_all(self, tmp_path: Path, base: str) -> None:
        driver = Overlay2(str(tmp_path), {"overlay2.size": "8m", "overlay2.quota": "auto"})
        driver.prepare("a", base)
        driver.prepare("b", base, {"size": "12m"})
        with look(driver.mounts("a")) as a, look(driver.mounts("b")) as b:
            assert self.fill(a) <= 8 << 20
            assert 8 << 20 <= self.fill(b) <= 12 << 20
        driver.prepare("staging-big", base)
        (Path(driver.layer_dir("staging-big")) / "x").write_bytes(b"x" * (16 << 20))
        driver.close()
