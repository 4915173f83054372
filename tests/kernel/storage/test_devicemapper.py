from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from hutch.linux import devmapper, failpoint, loop
from hutch.model.errors import Invalid, System, Unsupported
from hutch.storage.devicemapper import Devicemapper, Volume, why_not
from hutch.storage.thinpool import ThinPool
from suites.storage import StorageExam, name
from suites.storage_look import look

pytestmark = [pytest.mark.kernel, pytest.mark.lab]

SMALL = {"dm.basesize": "1g", "dm.loopdatasize": "6g", "dm.loopmetadatasize": "64m"}


def _used(driver: Devicemapper) -> int:
    """Bytes of the pool that are taken; deletions in the background are not waited for."""
    return driver._pool.fill().data_used


def small(data_root: str) -> Devicemapper:
    return Devicemapper(data_root, {**SMALL, "dm.fs": "ext4"})


class TestDevicemapper(StorageExam):
    make = small
    own: ClassVar[tuple[str, ...]] = (".pool", "data", "metadata", ".base", "device")

    @pytest.fixture(autouse=True)
    def nothing_is_left(self, tmp_path: Path) -> Iterator[None]:
        assert why_not(str(tmp_path)) is None
        before = set(devmapper.names())
        yield
        assert set(devmapper.names()) == before

    def test_children_are_snapshots(self, driver: Devicemapper) -> None:
        def fill(root: Path) -> None:
            (root / "big").write_bytes(os.urandom(8 << 20))
            (root / "hosts").write_text("1")

        base = self.layer(driver, 1, None, fill)
        before = _used(driver)
        for number in range(10):
            driver.prepare(f"c{number}", base)
        assert _used(driver) - before < 1 << 20
        assert driver.usage("c1").size == 0
        (Path(driver.layer_dir("c1")) / "new").write_bytes(b"y" * 500)
        (Path(driver.layer_dir("c1")) / "hosts").write_text("22")
        assert driver.usage("c1") == (502, 2)

    def test_what_is_removed_gives_room_back(self, driver: Devicemapper, tmp_path: Path) -> None:
        driver.prepare("c", None)
        with look(driver.mounts("c")) as root:
            (root / "big").write_bytes(os.urandom(64 << 20))
        driver.release("c")
        used, file = _used(driver), (tmp_path / "devicemapper/.pool/data").stat().st_blocks
        driver.remove("c")
        driver.close()
        again = small(str(tmp_path))
        assert used - _used(again) >= 64 << 20
        assert file - (tmp_path / "devicemapper/.pool/data").stat().st_blocks >= 64 << 11  # also the loop file's
        again.close()

    def test_a_layer_in_use_outlives_the_process_that_made_it(self, driver: Devicemapper, tmp_path: Path) -> None:
        base = self.base(driver)
        with look(driver.prepare("c", base)) as root:
            driver.close()
            again = small(str(tmp_path))
            (root / "etc/passwd").write_text("still")
            assert (Path(again.layer_dir("c")) / "etc/passwd").read_text() == "still"
            again.release("c")
            again.close()
        last = small(str(tmp_path))
        assert (Path(last.layer_dir("c")) / "etc/passwd").read_text() == "still"
        last.close()

    def test_a_larger_size(self, driver: Devicemapper) -> None:
        with look(driver.prepare("c", None, {"size": "3g"})) as root:
            status = os.statvfs(root)
            assert 2.8 < status.f_frsize * status.f_blocks / (1 << 30) <= 3
        with pytest.raises(Invalid, match=r"Container size cannot be smaller than 1\.074GB"):
            driver.prepare("d", None, {"size": "1m"})
        with look(driver.mounts("c")) as root:
            assert os.statvfs(root).f_blocks == status.f_blocks

    def test_a_volume_that_nobody_knows_of(self, driver: Devicemapper, tmp_path: Path) -> None:
        """A crash between the record and the volume, and one between the volume and the layer."""
        failpoint.arm("storage.prepare=error")
        with pytest.raises(OSError, match=r"storage\.prepare"):
            driver.prepare("staging-1", None)
        failpoint.arm("")
        lost = Volume(4711, 1 << 21, "ext4")
        making = tmp_path / "devicemapper/.making-1"
        making.mkdir()
        lost.write(str(making))
        driver.close()
        again = small(str(tmp_path))
        again.prepare("c", None)
        again.close()
        assert not making.exists() and os.listdir(tmp_path / "devicemapper/.trash") == []

    def test_a_pool_that_is_nearly_full_takes_no_more(self, driver: Devicemapper, tmp_path: Path) -> None:
        driver.close()
        full = Devicemapper(str(tmp_path), {**SMALL, "dm.min_free_space": "99%"})
        assert full.status()[3] == ("Backing Filesystem", "ext4")  # as it was made, whatever would be made now
        with look(full.prepare("c", None)) as root:
            (root / "big").write_bytes(os.urandom(80 << 20))
            os.sync()
        with pytest.raises(System, match="which is less than minimum required"):
            full.prepare("d", None)
        full.close()

    def test_what_info_says(self, driver: Devicemapper, tmp_path: Path) -> None:
        rows = dict(driver.status())
        assert rows["Pool Blocksize"] == "65.54kB" and rows["Base Device Size"] == "1.074GB"
        assert rows["Data Space Total"] == "6.442GB" and rows["Metadata Space Total"] == "67.11MB"
        assert rows["Data loop file"] == f"{tmp_path}/devicemapper/.pool/data"


def test_xfs(tmp_path: Path) -> None:
    driver = Devicemapper(str(tmp_path), {**SMALL, "dm.fs": "xfs"})
    driver.prepare("staging-1", None)
    (Path(driver.layer_dir("staging-1")) / "file").write_text("x")
    driver.commit("staging-1", name(1))
    with look(driver.prepare("a", name(1), {"size": "2g"})) as a, look(driver.prepare("b", name(1))) as b:
        (a / "file").write_text("a")
        assert (b / "file").read_text() == "x"
        assert os.statvfs(a).f_blocks > 1.9 * os.statvfs(b).f_blocks
    with look(driver.view("v", name(1))) as v, pytest.raises(OSError, match="Read-only"):
        (v / "file").write_text("v")
    driver.close()


def test_a_pool_that_was_made_beforehand(tmp_path: Path) -> None:
    devices = []
    for part, size in (("d", 3 << 30), ("m", 32 << 20)):
        with (tmp_path / part).open("xb") as file:
            file.truncate(size)
        devices.append(loop.attach(str(tmp_path / part)))
    pool = f"exam-{os.getpid()}"
    parameters = f"{devices[1][1]} {devices[0][1]} 128 0"
    devmapper.create(pool, (3 << 30) // devmapper.SECTOR, "thin-pool", parameters)
    try:
        driver = Devicemapper(str(tmp_path), {"dm.thinpooldev": f"/dev/mapper/{pool}", "dm.basesize": "1g"})
        with look(driver.prepare("c", None)) as root:
            (root / "file").write_text("x")
        driver.close()
        assert devmapper.find(pool) is not None  # it is not ours to remove
        assert not (tmp_path / "devicemapper/.pool").exists()
    finally:
        devmapper.remove(pool)
        for fd, _ in devices:
            os.close(fd)
    with pytest.raises(Unsupported, match="there is no thin pool 'exam-none'"):
        ThinPool("exam-none", "exam", None)
