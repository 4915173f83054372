"""The second part of the exam of storage drivers: what a container may do to its image's files, and crashes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from hutch.images import differ
from hutch.images.tar.extract import Extractor
from hutch.linux import failpoint
from hutch.model.tar.reader import Reader
from hutch.storage.driver import StorageDriver
from hutch.storage.look import whole
from suites.storage_look import look, shape

CAPABILITY = bytes.fromhex("0100000202000000000000000000000000000000")  # cap_dac_override+ep, version 2
DEPTH = 200


class ChangesExam:
    """Mixed into ``StorageExam``, which makes the layers."""

    make: Callable[[str], StorageDriver]
    nodes_stay_nodes = True
    """Whether a device or a FIFO of the image is still one after its owner was changed."""

    names_stay_apart = True
    """Whether a file of the image with several names, written to through one, has the new content under that one."""

    def layer(self, driver: StorageDriver, number: int | str, parent: str | None, fill: Callable[[Path], None]) -> str:
        """A committed layer; its name."""
        raise NotImplementedError

    def rich(self, driver: StorageDriver) -> str:
        """An image with a file of every kind and folders to be changed."""

        def fill(root: Path) -> None:
            for folder in ("kept", "emptied", "gone", "moved/below", "again", "swapped"):
                (root / folder).mkdir(parents=True)
                (root / folder / "a").write_text(f"{folder} a")
                (root / folder / "b").write_text(f"{folder} b")
            (root / "file").write_text("file")
            os.link(root / "file", root / "kept/link")
            (root / "program").write_text("program")
            (root / "program").chmod(0o755)
            os.setxattr(root / "program", "security.capability", CAPABILITY)
            os.setxattr(root / "kept", "trusted.exam", b"folder")
            os.mknod(root / "device", stat.S_IFCHR | 0o666, os.makedev(1, 3))
            os.mknod(root / "block", stat.S_IFBLK | 0o660, os.makedev(7, 9))
            os.mkfifo(root / "pipe")
            (root / "symbolic").symlink_to("file")

        return self.layer(driver, "rich", None, fill)

    def test_removals_and_replacements(self, driver: StorageDriver) -> None:
        rich = self.rich(driver)
        with look(driver.prepare("c", rich)) as root:
            (root / "file").unlink()
            shutil.rmtree(root / "gone")
            for name in "ab":
                (root / "emptied" / name).unlink()
            shutil.rmtree(root / "again")
            (root / "again").mkdir()
            (root / "again/new").write_text("new")
            shutil.rmtree(root / "swapped")
            (root / "swapped").write_text("a file where a folder was")
            (root / "symbolic").unlink()
            (root / "symbolic").mkdir()
            (root / "symbolic/inside").write_text("a folder where a link was")
        with look(driver.mounts("c")) as root:
            assert not (root / "file").exists() and not (root / "gone").exists()
            assert (root / "kept/link").read_text() == "file"
            assert os.listdir(root / "emptied") == [] and os.listdir(root / "again") == ["new"]
            assert (root / "swapped").read_text() == "a file where a folder was"
            assert (root / "symbolic/inside").read_text() == "a folder where a link was"
        self.same_as_a_layer(driver, rich)

    def same_as_a_layer(self, driver: StorageDriver, parent: str) -> None:
        """The container ``c`` written to a layer's tar and unpacked again shows the same files."""
        driver.prepare("staging-copy", parent)
        try:
            extractor = Extractor(driver.layer_dir("staging-copy"), driver.whiteouts)
            extractor.run(Reader(differ.layer(driver, "c")))
            driver.commit("staging-copy", "sha256:" + "c" * 64)
        finally:
            driver.remove("staging-copy")
        with look(driver.view("look", "sha256:" + "c" * 64)) as copied, look(driver.mounts("c")) as root:
            assert shape(copied) == shape(root)
        driver.remove("look")
        fd = whole(driver, "c")
        with look(driver.mounts("c")) as root:
            assert shape(Path(f"/proc/self/fd/{fd}")) == shape(root)
        os.close(fd)

    def test_folders_can_be_moved(self, driver: StorageDriver) -> None:
        rich = self.rich(driver)
        with look(driver.prepare("c", rich)) as root:
            shutil.move(root / "moved", root / "kept/moved")  # where rename(2) says EXDEV, as mv(1) does it
            (root / "fresh").mkdir()
            (root / "fresh/x").write_text("x")
            (root / "fresh").rename(root / "kept/fresh")
        with look(driver.mounts("c")) as root:
            assert not (root / "moved").exists() and not (root / "fresh").exists()
            assert (root / "kept/moved/below/a").read_text() == "moved/below a"
            assert (root / "kept/fresh/x").read_text() == "x"
        self.same_as_a_layer(driver, rich)

    def test_hard_links_of_a_container(self, driver: StorageDriver) -> None:
        rich = self.rich(driver)
        with look(driver.prepare("c", rich)) as root:
            os.link(root / "program", root / "second")
            (root / "second").write_text("through the second name")
            assert (root / "program").read_text() == "through the second name"
            assert (root / "program").stat().st_nlink == (root / "second").stat().st_nlink == 2
            os.link(root / "second", root / "kept/third")
            (root / "program").unlink()
        with look(driver.mounts("c")) as root:
            assert not (root / "program").exists()
            assert (root / "second").stat().st_ino == (root / "kept/third").stat().st_ino
            assert (root / "kept/third").read_text() == "through the second name"

    def test_one_name_of_a_file_of_the_image_is_written_to(self, driver: StorageDriver) -> None:
        if not self.names_stay_apart:
            pytest.skip("this program may keep what is written through one name of a file under another one")
        with look(driver.prepare("c", self.rich(driver))) as root:
            (root / "file").write_text("through this name")
        with look(driver.mounts("c")) as root:
            assert (root / "file").read_text() == "through this name"
            assert (root / "kept/link").read_text() in ("file", "through this name")

    def test_attributes_and_capabilities(self, driver: StorageDriver) -> None:
        rich = self.rich(driver)
        with look(driver.prepare("c", rich)) as root:
            assert os.getxattr(root / "program", "security.capability") == CAPABILITY
            (root / "program").chmod(0o700)  # copied up: keeps its capabilities
            os.setxattr(root / "kept", "trusted.more", b"more")
            os.setxattr(root / "again/b", "trusted.exam", b"file")
            os.setxattr(root / "swapped/a", "security.capability", CAPABILITY)
            os.chown(root / "swapped/b", 65534, 65534)
        with look(driver.mounts("c")) as root:
            assert os.getxattr(root / "program", "security.capability") == CAPABILITY
            assert os.getxattr(root / "swapped/a", "security.capability") == CAPABILITY
            assert os.getxattr(root / "kept", "trusted.exam") == b"folder"
            assert os.getxattr(root / "kept", "trusted.more") == b"more"
            assert os.getxattr(root / "again/b", "trusted.exam") == b"file"
            assert (root / "swapped/b").stat().st_uid == 65534
            os.removexattr(root / "kept", "trusted.exam")
        with look(driver.mounts("c")) as root:
            assert "trusted.exam" not in os.listxattr(root / "kept")
        with look(driver.view("v", rich)) as root:
            assert os.getxattr(root / "kept", "trusted.exam") == b"folder"
            assert stat.S_IMODE((root / "program").stat().st_mode) == 0o755

    def test_nodes_and_sockets(self, driver: StorageDriver) -> None:
        with look(driver.prepare("c", self.rich(driver))) as root:
            os.mknod(root / "own", stat.S_IFCHR | 0o600, os.makedev(1, 5))
            os.mkfifo(root / "kept/own")
            with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
                server.bind(str(root / "socket"))
                server.listen()
                client.connect(str(root / "socket"))
            (root / "block").unlink()
        with look(driver.mounts("c")) as root:
            assert (root / "own").stat().st_rdev == os.makedev(1, 5)
            assert stat.S_ISFIFO((root / "kept/own").stat().st_mode)
            assert stat.S_ISSOCK((root / "socket").stat().st_mode)
            assert (root / "device").stat().st_rdev == os.makedev(1, 3)
            assert not (root / "block").exists()

    def test_nodes_of_the_image_are_changed(self, driver: StorageDriver) -> None:
        if not self.nodes_stay_nodes:
            pytest.skip("this program copies the content of a device or a FIFO of the image, not what it is")
        with look(driver.prepare("c", self.rich(driver))) as root:
            for name in ("device", "block", "pipe", "symbolic"):
                os.chown(root / name, 7, 8, follow_symlinks=False)
        with look(driver.mounts("c")) as root:
            device, block, pipe = ((root / name).stat() for name in ("device", "block", "pipe"))
            assert stat.S_ISCHR(device.st_mode) and (device.st_rdev, device.st_uid) == (os.makedev(1, 3), 7)
            assert stat.S_ISBLK(block.st_mode) and (block.st_rdev, block.st_gid) == (os.makedev(7, 9), 8)
            assert stat.S_ISFIFO(pipe.st_mode) and pipe.st_uid == 7
            assert (root / "symbolic").readlink() == Path("file") and (root / "symbolic").lstat().st_uid == 7

    def test_a_change_deep_down(self, driver: StorageDriver) -> None:
        deep = Path(*["d"] * DEPTH)

        def fill(root: Path) -> None:
            (root / deep).mkdir(parents=True)
            (root / deep / "file").write_text("lower")
            (root / deep / "other").write_text("other")

        base = self.layer(driver, "deep", None, fill)
        with look(driver.prepare("c", base)) as root:
            (root / deep / "file").write_text("changed")
        with look(driver.mounts("c")) as root:
            assert (root / deep / "file").read_text() == "changed"
            assert (root / deep / "other").read_text() == "other"
        self.same_as_a_layer(driver, base)

    @pytest.mark.parametrize(
        "point",
        ["storage.prepare", "storage.commit.before-sync", "storage.commit.synced", "storage.commit.renamed",
         "storage.remove"],
    )  # fmt: skip
    def test_a_crash_leaves_a_layer_complete_or_absent(self, driver: StorageDriver, tmp_path: Path, point: str) -> None:
        """SIGKILL in the middle of the work on an image's layer, and what the next process finds."""
        rich = self.rich(driver)
        driver.prepare("c", rich)
        driver.release("c")
        pid = os.fork()
        if not pid:
            try:
                failpoint.arm(f"{point}=kill")
                self.layer(driver, "next", rich, lambda root: (root / "next").mkdir())
                driver.remove("c")
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
        driver.close()
        again = type(self).make(str(tmp_path))
        left = again.keys()
        assert not [key for key in left if key.startswith("staging-")]
        top = self.layer(again, "next", rich, lambda root: (root / "next").mkdir())
        with look(again.view("v", top)) as root:
            assert (root / "next").is_dir() and (root / "file").read_text() == "file"
        for key in ("v", "c", top, rich):
            again.remove(key)
        assert again.keys() == []
        again.close()

    def test_usage_is_what_the_container_has_written(self, driver: StorageDriver) -> None:
        rich = self.rich(driver)
        driver.prepare("c", rich)
        before = driver.usage("c").size
        with look(driver.mounts("c")) as root:
            (root / "new").write_bytes(b"x" * 100_000)
            os.link(root / "new", root / "same")
            with open(root / "kept/sparse", "wb") as file:
                file.truncate(5000)
            os.sync()
        assert driver.usage("c").size - before == 105_000
