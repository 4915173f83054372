from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from hutch.linux import mount, zfs
from hutch.model.errors import Invalid, NotFound
from hutch.storage.zfs import Record, Zfs
from suites.storage import StorageExam, name
from suites.storage_look import look
from support import pool

LACKING = pool.lacking()
pytestmark = [pytest.mark.kernel, pytest.mark.skipif(bool(LACKING), reason=LACKING)]

TANK = f"hutch-exam-{os.getpid()}"
PARENT = f"{TANK}/exam"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module", autouse=True)
def tank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pool.pool(TANK, tmp_path_factory.mktemp("pool") / "image"):
        yield


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder on a dataset that is gone afterwards with all that is below it."""
    zfs.create(PARENT, {"mountpoint": "legacy"})
    fd = mount.new_mount("zfs", PARENT)
    root = Path(f"/proc/{os.getpid()}/fd/{fd}/.")
    (root / "data").mkdir()
    try:
        yield root / "data"
    finally:
        os.close(fd)
        pool.destroy(PARENT)


def named(data_root: str) -> Zfs:
    """The driver with its dataset named: a detached mount is in no table to find that by."""
    return Zfs(data_root, {"zfs.fsname": PARENT})


def there() -> set[str]:
    return {each.rpartition("/")[2] for each in zfs.children(PARENT)}


def recorded(driver: Zfs) -> set[str]:
    """The datasets that layers have."""
    keys = driver.keys()
    found = [Record.read(driver.folder(key)) for key in keys]
    return {record.name for record in found if record is not None}


class TestZfs(StorageExam):
    make = named
    own: ClassVar[tuple[str, ...]] = (".id",)

    def test_children_are_clones(self, driver: Zfs) -> None:
        def fill(root: Path) -> None:
            (root / "big").write_bytes(os.urandom(1_000_000))
            (root / "hosts").write_text("1")

        base = self.layer(driver, 1, None, fill)
        driver.prepare("c", base)
        (mounted,) = driver.mounts("c")
        about = zfs.properties(mounted.source, "origin", "mountpoint", "used")
        assert about["origin"].endswith("@layer") and about["mountpoint"] == "legacy" and int(about["used"]) < 100_000
        assert driver.usage("c").size == 0
        (Path(driver.layer_dir("c")) / "new").write_bytes(b"y" * 500)
        (Path(driver.layer_dir("c")) / "hosts").write_text("22")
        assert driver.usage("c") == (502, 2)
        assert driver.usage(base).size == 1_000_001

    def test_a_size_is_kept_to(self, driver: Zfs) -> None:
        base = self.layer(driver, 1, None, lambda root: [(root / "big").write_bytes(os.urandom(9 << 20)), None][1])
        driver.prepare("c", base, {"size": "8m"})
        with look(driver.mounts("c")) as root, pytest.raises(OSError, match="Disk quota exceeded"):
            assert (root / "big").stat().st_size == 9 << 20  # the image's files do not count
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
        before = there()
        for options in ({"size": "1z"}, {"colour": "1g"}):
            with pytest.raises(Invalid):
                driver.prepare("d", base, options)
        with pytest.raises(OSError, match="out of space"):
            driver.prepare("d", base, {"size": "10"})
        assert there() == before and not driver.exists("d")

    def test_a_committed_layer_cannot_be_written_to(self, driver: Zfs) -> None:
        base = self.base(driver)
        with pytest.raises(OSError, match="Read-only"):
            (Path(driver.layer_dir(base)) / "new").touch()
        with look(driver.view("v", base)) as root, pytest.raises(OSError, match="Read-only"):
            (root / "new").touch()

    def test_a_layer_in_use_outlives_the_process_that_made_it(self, driver: Zfs, tmp_path: Path) -> None:
        base = self.base(driver)
        with look(driver.prepare("c", base)) as root:
            driver.close()
            again = named(str(tmp_path))
            (root / "etc/passwd").write_text("still")
            assert (Path(again.layer_dir("c")) / "etc/passwd").read_text() == "still"
            again.close()

    def test_a_layer_in_use_is_removed_when_it_is_no_more(self, driver: Zfs, tmp_path: Path) -> None:
        with look(driver.prepare("c", None)) as root:
            driver.remove("c")
            (root / "still").touch()
            assert driver.keys() == [] and len(there()) == 1
        driver.close()
        assert there() == set() and os.listdir(tmp_path / "zfs/.trash") == []

    def test_a_parent_goes_after_its_children(self, driver: Zfs, tmp_path: Path) -> None:
        """Also when the folder of a crashed process's trash names the parent first."""
        base = self.base(driver)
        driver.prepare("c", base)
        driver.close()
        trash = tmp_path / "zfs/.trash"
        for key in (base, "c"):
            (tmp_path / "zfs" / key).rename(trash / f"x{key[0]}")
        again = named(str(tmp_path))
        again.close()
        assert there() == set() and os.listdir(trash) == []

    def test_a_parent_is_replaced_under_its_child(self, driver: Zfs, tmp_path: Path) -> None:
        """As a damaged layer is mended: what the child was cloned from goes when the child does."""
        base = self.base(driver)
        driver.prepare("c", base)
        driver.prepare("staging-again", None)
        (Path(driver.layer_dir("staging-again")) / "whole").touch()
        driver.remove(base)
        driver.commit("staging-again", base)
        with look(driver.mounts("c")) as child, look(driver.view("v", base)) as root:
            assert (child / "etc/passwd").read_text() == "root" and os.listdir(root) == ["whole"]
        driver.close()
        assert len(there()) == 3
        again = named(str(tmp_path))
        again.remove("c")
        again.close()
        last = named(str(tmp_path))
        last.close()
        assert there() == recorded(last) and last.keys() == [base, "v"]

    def test_datasets_of_nobody(self, driver: Zfs, tmp_path: Path) -> None:
        """A command that outlived its daemon is undone; what others have below the dataset stays."""
        driver.prepare("c", None)
        driver.close()
        orphan = f"hutch-{(tmp_path / 'zfs/.id').read_text()}-0"
        others = {"own", "hutch-00000000-0"}
        for each in (orphan, *others):
            zfs.create(f"{PARENT}/{each}", {"mountpoint": "legacy"})
        again = named(str(tmp_path))
        again.close()
        assert there() == recorded(again) | others

    def test_a_dataset_that_was_lost(self, driver: Zfs, tmp_path: Path) -> None:
        base = self.base(driver)
        driver.prepare("c", base)
        driver.close()
        (mounted,) = driver.mounts("c")
        zfs.destroy(mounted.source)
        again = named(str(tmp_path))
        assert again.keys() == [base]
        with pytest.raises(NotFound):
            again.mounts("c")
        again.close()

    def test_another_dataset_than_before(self, driver: Zfs, tmp_path: Path) -> None:
        base = self.base(driver)
        driver.close()
        with pytest.raises(Invalid, match=r"are not below the dataset .*: name theirs with"):
            Zfs(str(tmp_path), {"zfs.fsname": TANK})
        again = named(str(tmp_path))
        assert again.keys() == [base]
        again.close()

    def test_a_dataset_that_there_is_not(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match=f"cannot find root filesystem {PARENT}/none: cannot open"):
            Zfs(str(tmp_path), {"zfs.fsname": f"{PARENT}/none"})
        assert os.listdir(tmp_path) == []

    def test_what_info_says(self, driver: Zfs) -> None:
        rows = dict(driver.status())
        assert list(rows) == [
            "Zpool", "Zpool Health", "Parent Dataset", "Space Used By Parent", "Space Available", "Parent Quota",
            "Compression",
        ]  # fmt: skip
        assert (rows["Zpool"], rows["Zpool Health"], rows["Parent Dataset"]) == (TANK, "ONLINE", PARENT)
        assert rows["Parent Quota"] == "no" and int(rows["Space Available"]) > 500 << 20
        pool.run("zfs", "set", "quota=100m", "compression=lz4", PARENT)
        rows = dict(driver.status())
        assert (rows["Parent Quota"], rows["Compression"]) == (str(100 << 20), "lz4")

    def test_killed_before_every_step(self, driver: Zfs, tmp_path: Path) -> None:
        """Each run gets one step farther: a command, a rename, a folder made or removed."""
        base = self.base(driver)
        driver.close()
        step, died = 0, True
        while died:
            step += 1
            died = self._killed_at(step, str(tmp_path), base)
            first = named(str(tmp_path))
            keys = first.keys()
            assert not [key for key in keys if key.startswith("staging-")]
            first.close()
            assert there() == recorded(first), step
            again = named(str(tmp_path))
            for key in ("c", "gone", name(1)):
                if again.exists(key):
                    root = Path(again.layer_dir(key))
                    assert (root / "x").is_dir() and (root / "etc/passwd").exists()
                again.remove(key)
            again.close()
            assert there() == recorded(again) and again.keys() == [base], step
        assert step > 20

    def _killed_at(self, step: int, data_root: str, base: str) -> bool:
        """Whether a process that makes and removes layers was killed before it was through."""
        pid = os.fork()
        if not pid:
            left = step

            def hook(event: str, _: object) -> None:
                nonlocal left
                if event in ("subprocess.Popen", "os.rename", "os.mkdir", "os.rmdir", "os.symlink"):
                    left -= 1
                    if not left:
                        os.kill(os.getpid(), signal.SIGKILL)

            try:
                sys.addaudithook(hook)
                driver = named(data_root)
                self.layer(driver, 1, base, lambda root: (root / "x").mkdir())
                driver.prepare("c", name(1), {"size": "50m"})
                driver.prepare("gone", name(1))
                driver.remove("gone")
                driver.close()
                os._exit(0)
            finally:
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert code in (0, -signal.SIGKILL)
        return code != 0


def test_the_dataset_of_the_data_root_is_found(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """By the mount table, in a mount namespace of its own."""
    at = tmp_path_factory.mktemp("at")
    script = (
        "import sys; from hutch.storage import zfs; from hutch.storage.drivers import open_driver\n"
        "assert zfs.why_not(sys.argv[1]) is None\n"
        "driver = open_driver(sys.argv[1] + '/root', 'zfs').driver; driver.prepare('c', None)\n"
        "print(driver.mounts('c')[0].source, dict(driver.status())['Parent Dataset']); driver.close()\n"
        "driver, why = open_driver(sys.argv[1] + '/root'); print(driver.keys(), why); driver.close()"
    )
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-ec",
         f'mount -t zfs {PARENT} "$1"; exec "$0" -c "$2" "$1"', sys.executable, str(at), script],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    source, parent, keys, *why = done.stdout.split()
    assert source.startswith(f"{PARENT}/hutch-") and parent == PARENT and keys == "['c']"
    assert " ".join(why) == f"{at}/root/zfs has data"
