"""The exam every storage driver takes: each test is one promise of ``storage/driver.py``."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hutch.linux import failpoint
from hutch.model.digest import sha256
from hutch.model.errors import Conflict, Invalid, NotFound
from hutch.storage.driver import StorageDriver
from suites.stacking import StackingExam
from suites.storage_changes import ChangesExam
from suites.storage_look import look


def name(number: int | str) -> str:
    return sha256(str(number).encode())


class StorageExam(ChangesExam, StackingExam):
    """Subclass with ``make``."""

    make: Callable[[str], StorageDriver]
    own: tuple[str, ...] = ()
    """Names of what the driver keeps beside its layers."""

    @pytest.fixture
    def driver(self, tmp_path: Path) -> Iterator[StorageDriver]:
        made = type(self).make(str(tmp_path))
        yield made
        made.close()

    def layer(self, driver: StorageDriver, number: int | str, parent: str | None, fill: Callable[[Path], None]) -> str:
        driver.prepare(f"staging-{number}", parent)
        fill(Path(driver.layer_dir(f"staging-{number}")))
        driver.commit(f"staging-{number}", name(number))
        return name(number)

    def base(self, driver: StorageDriver) -> str:
        def fill(root: Path) -> None:
            (root / "etc").mkdir()
            (root / "etc/passwd").write_text("root")
            os.chown(root / "etc/passwd", 3, 4)
            (root / "etc/passwd").chmod(0o4755)
            os.link(root / "etc/passwd", root / "etc/again")
            (root / "link").symlink_to("etc/passwd")
            os.mknod(root / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
            os.mkfifo(root / "pipe")
            os.setxattr(root / "etc", "trusted.exam", b"v")
            os.utime(root / "etc", ns=(5, 1_000_000_007))
            root.chmod(0o711)
            os.chown(root, 11, 12)

        return self.layer(driver, "base", None, fill)

    def test_a_container_over_an_image(self, driver: StorageDriver) -> None:
        base = self.base(driver)
        with look(driver.prepare("c1", base)) as root:
            passwd = (root / "etc/passwd").stat()
            assert (passwd.st_uid, passwd.st_gid, passwd.st_mode) == (3, 4, stat.S_IFREG | 0o4755)
            assert (root / "link").readlink() == Path("etc/passwd")
            assert (root / "null").stat().st_rdev == os.makedev(1, 3)
            assert stat.S_ISFIFO((root / "pipe").stat().st_mode)
            assert os.getxattr(root / "etc", "trusted.exam") == b"v"
            assert (root / "etc").stat().st_mtime_ns == 1_000_000_007
            assert (stat.S_IMODE(root.stat().st_mode), root.stat().st_uid, root.stat().st_gid) == (0o711, 11, 12)
            (root / "etc/passwd").write_text("changed")
            (root / "new").write_text("n")
            (root / "new").rename(root / "etc/renamed")
            (root / "pipe").unlink()
        with look(driver.mounts("c1")) as root:
            assert (root / "etc/passwd").read_text() == "changed"
            assert (root / "etc/renamed").read_text() == "n"
            assert not (root / "pipe").exists()
        with look(driver.view("v", base)) as root:
            assert (root / "etc/passwd").read_text() == "root"
            assert (root / "pipe").exists()
        assert driver.parent("c1") == base

    def test_hard_links_stay_one_file(self, driver: StorageDriver) -> None:
        base = self.base(driver)
        with look(driver.view("v", base)) as root:
            assert (root / "etc/again").stat().st_ino == (root / "etc/passwd").stat().st_ino
            assert (root / "etc/again").stat().st_nlink == 2

    def test_two_containers_do_not_see_each_other(self, driver: StorageDriver) -> None:
        base = self.base(driver)
        driver.prepare("a", base)
        driver.prepare("b", base)
        with look(driver.mounts("a")) as a, look(driver.mounts("b")) as b:
            (a / "etc/passwd").write_text("a")
            (a / "etc/only").write_text("a")
            assert (b / "etc/passwd").read_text() == "root" and not (b / "etc/only").exists()

    def test_removals(self, driver: StorageDriver) -> None:
        base = self.base(driver)

        def fill(root: Path) -> None:
            if driver.whiteouts == "overlay":
                os.mknod(root / "pipe", stat.S_IFCHR, 0)
                (root / "etc").mkdir()
                os.setxattr(root / "etc", "trusted.overlay.opaque", b"y")
            else:
                (root / "pipe").unlink()
                for entry in (root / "etc").iterdir():
                    entry.unlink()
            (root / "etc/new").write_text("")

        top = self.layer(driver, "second", base, fill)
        with look(driver.view("v", top)) as root:
            assert sorted(p.name for p in root.iterdir()) == ["etc", "link", "null"]
            assert [p.name for p in (root / "etc").iterdir()] == ["new"]

    def test_a_stack_of_128_layers(self, driver: StorageDriver) -> None:
        parent = None
        for number in range(128):
            parent = self.layer(
                driver, number, parent, lambda root, n=number: [(root / f"f{n}").write_text("x"), None][1]
            )
        with look(driver.prepare("c", parent)) as root:
            assert len(list(root.iterdir())) == 128
            (root / "f0").unlink()
            assert len(list(root.iterdir())) == 127

    def test_over_nothing(self, driver: StorageDriver) -> None:
        with look(driver.prepare("empty", None)) as root:
            (root / "x").write_text("")
        with look(driver.view("nothing", None)) as root:
            assert list(root.iterdir()) == []

    def test_keys(self, driver: StorageDriver) -> None:
        base = self.base(driver)
        driver.prepare("c1", base)
        with pytest.raises(Conflict):
            driver.prepare("c1", base)
        assert driver.keys() == sorted([base, "c1"])
        with pytest.raises(NotFound):
            driver.prepare("c2", name("none"))
        assert not driver.exists("c2")
        with pytest.raises(NotFound):
            driver.mounts("c2")
        with pytest.raises(Invalid):
            driver.mounts(base)
        with pytest.raises(NotFound):  # a writable layer is no parent
            driver.prepare("c3", "c1")
        for bad in ("", ".", "..", "../x", "a/b", "a\0", "-x", "x" * 300, ".trash", "é"):
            with pytest.raises(Invalid):
                driver.prepare(bad, None)

    def test_commit_twice_keeps_the_first(self, driver: StorageDriver) -> None:
        base = self.base(driver)
        driver.prepare("staging-x", None)
        driver.commit("staging-x", base)
        assert driver.keys() == [base]
        with look(driver.view("v", base)) as root:
            assert (root / "etc/passwd").read_text() == "root"

    def test_remove(self, driver: StorageDriver, tmp_path: Path) -> None:
        base = self.base(driver)
        driver.prepare("c1", base)
        driver.remove("c1")
        driver.remove("c1")
        assert driver.keys() == [base]
        driver.prepare("c1", base)
        driver.remove("c1")
        driver.remove(base)
        with pytest.raises(NotFound):
            driver.prepare("c1", base)
        driver.close()
        left = [p for p in tmp_path.rglob("*") if p.name not in (".trash", "l", driver.name, *self.own)]
        assert left == []

    def test_a_very_deep_tree_is_deleted(self, driver: StorageDriver, tmp_path: Path) -> None:
        with look(driver.prepare("deep", None)) as root:
            fd = os.open(root, os.O_RDONLY)
            for _ in range(3000):
                os.mkdir("d", dir_fd=fd)
                below = os.open("d", os.O_RDONLY, dir_fd=fd)
                os.close(fd)
                fd = below
            os.close(fd)
        driver.remove("deep")
        driver.close()
        assert [p for p in tmp_path.rglob("*") if p.name == "d"] == []

    def test_usage(self, driver: StorageDriver) -> None:
        driver.prepare("u", None)
        folder = Path(driver.layer_dir("u"))
        (folder / "a").write_bytes(b"x" * 1000)
        os.link(folder / "a", folder / "b")
        (folder / "d").mkdir()
        assert driver.usage("u").size == 1000

    def test_unfinished_layers_are_swept_and_finished_ones_stay(self, driver: StorageDriver, tmp_path: Path) -> None:
        base = self.base(driver)
        driver.prepare("staging-left", base)
        driver.prepare("c1", base)
        driver.close()
        again = type(self).make(str(tmp_path))
        assert again.keys() == sorted([base, "c1"])
        with look(again.mounts("c1")) as root:
            assert (root / "etc/passwd").read_text() == "root"
        again.close()

    @pytest.mark.parametrize(
        "point", ["storage.prepare", "storage.commit.before-sync", "storage.commit.synced", "storage.commit.renamed"]
    )
    def test_a_failure_leaves_a_layer_complete_or_absent(
        self, driver: StorageDriver, tmp_path: Path, point: str
    ) -> None:
        base = self.base(driver)
        failpoint.arm(f"{point}=error")
        try:
            with pytest.raises(OSError):
                self.layer(driver, "x", base, lambda root: (root / "x").mkdir())
        finally:
            failpoint.arm("")
        driver.close()
        again = type(self).make(str(tmp_path))
        left = again.keys()
        assert not [k for k in left if k.startswith("staging-")]
        if again.exists(name("x")):
            with look(again.view("v", name("x"))) as root:
                assert (root / "x").is_dir() and (root / "etc/passwd").exists()
            again.remove("v")
        else:
            self.layer(again, "x", base, lambda root: (root / "x").mkdir())
        with look(again.prepare("after", name("x"))) as root:
            assert (root / "x").is_dir()
        again.close()

    def test_from_many_threads(self, driver: StorageDriver) -> None:
        base = self.base(driver)
        errors: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(10):
                    driver.prepare(f"t{number}-{turn}", base)
                    driver.remove(f"t{number}-{turn}")
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == [] and driver.keys() == [base]

    def test_others_cannot_look_in(self, driver: StorageDriver, tmp_path: Path) -> None:
        base = self.base(driver)
        driver.prepare("c1", base)
        for folder in [tmp_path / driver.name, *(tmp_path / driver.name).iterdir()]:
            assert stat.S_IMODE(folder.lstat().st_mode) & 0o7 == 0 or folder.is_symlink(), folder
