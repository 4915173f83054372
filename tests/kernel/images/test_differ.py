from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
from pathlib import Path

import pytest

from hutch.images import differ
from hutch.images.tar.extract import Extractor
from hutch.model.tar.reader import Reader
from hutch.storage.driver import StorageDriver
from hutch.storage.drivers import DRIVERS

pytestmark = pytest.mark.kernel
BASE = "sha256:" + "a" * 64
THEN = 1_500_000_000 * 10**9


@pytest.fixture(params=list(DRIVERS))
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> StorageDriver:
    known = DRIVERS[request.param]
    if (reason := known.probe(str(tmp_path))) is not None:
        pytest.skip(reason)
    made = known.make(str(tmp_path), {})
    request.addfinalizer(made.close)
    return made


def shape(folder: Path) -> list[tuple[object, ...]]:
    result = []
    for path in sorted(folder.rglob("*")):
        s = path.lstat()
        what = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        extra = {k: os.getxattr(path, k, follow_symlinks=False) for k in os.listxattr(path, follow_symlinks=False)}
        result.append((str(path.relative_to(folder)), s.st_mode, s.st_uid, s.st_gid, s.st_rdev, s.st_mtime_ns,
                       s.st_nlink if not path.is_dir() else 0, what, tuple(sorted(extra.items()))))  # fmt: skip
    return result


def fill(root: Path) -> None:
    (root / "d/e").mkdir(parents=True)
    (root / "d/f").write_bytes(b"x" * 5000)
    (root / "d/long").write_bytes(b"y" * 2_000_000)
    os.link(root / "d/f", root / "again")
    (root / "l").symlink_to("d/" + "long" * 60)
    os.mknod(root / "node", stat.S_IFCHR | 0o640, os.makedev(5, 300))
    os.mkfifo(root / "p")
    (root / ("ü" * 60)).write_text("")
    (root / "big").write_bytes(b"")
    os.chown(root / "big", 3_000_000_000, 5)
    (root / "s").write_text("")
    (root / "s").chmod(0o6755)
    os.setxattr(root / "s", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
    (root / "x").mkdir()
    (root / "x/one").write_text("1")
    (root / "x/two").write_text("2")
    (root / "etc").mkdir()
    settle(root)


def settle(root: Path) -> None:
    """Whole seconds: an archive has no others."""
    for path in [root, *sorted(root.rglob("*"), reverse=True)]:
        os.utime(path, ns=(THEN, THEN), follow_symlinks=False)


def committed(driver: StorageDriver) -> Path:
    """The folder of a layer ``c`` over a filled one."""
    driver.prepare("staging-1", None)
    fill(Path(driver.layer_dir("staging-1")))
    driver.commit("staging-1", BASE)
    driver.prepare("c", BASE)
    return Path(driver.layer_dir("c"))


def gone(driver: StorageDriver, path: Path) -> None:
    if driver.whiteouts == "overlay":
        path.parent.mkdir(exist_ok=True)
        os.mknod(path, stat.S_IFCHR, 0)
        os.utime(path, (0, 0))
    else:
        path.unlink()


def test_out_and_in_again(driver: StorageDriver) -> None:
    driver.prepare("a", None)
    fill(Path(driver.layer_dir("a")))
    first = b"".join(differ.layer(driver, "a"))
    driver.prepare("b", None)
    Extractor(driver.layer_dir("b"), driver.whiteouts).run(Reader([first]))
    assert shape(Path(driver.layer_dir("b"))) == shape(Path(driver.layer_dir("a")))
    assert b"".join(differ.layer(driver, "b")) == first
    with tarfile.open(fileobj=io.BytesIO(first)) as archive:  # another reader understands it
        assert archive.getmember("big").uid == 3_000_000_000
        assert archive.getmember("d/f").islnk() and archive.getmember("d/f").linkname == "again"


def test_what_a_layer_changes(driver: StorageDriver) -> None:
    top = committed(driver)
    gone(driver, top / "again")
    (top / "new").mkdir(mode=0o750)
    (top / "new/file").write_text("n")
    if driver.whiteouts == "overlay":
        (top / "d").mkdir()
    (top / "d/f").write_bytes(b"x" * 4999)
    for name in ("hosts", "hostname", "resolv.conf"):  # as a start leaves them
        (top / "etc").mkdir(exist_ok=True)
        (top / "etc" / name).touch()
    (top / "proc").mkdir()
    os.utime(top / "new", ns=(THEN, THEN))
    os.utime(top / "new/file", ns=(THEN, THEN))
    assert list(differ.changes(driver, "c")) == [
        ("deleted", b"again"), ("modified", b"d"), ("modified", b"d/f"), ("added", b"new"), ("added", b"new/file"),
    ]  # fmt: skip
    with tarfile.open(fileobj=io.BytesIO(b"".join(differ.layer(driver, "c")))) as archive:
        assert archive.getnames() == [".wh.again", "d", "d/f", "new", "new/file"]


def test_mount_points_that_are_used_are_changes(driver: StorageDriver) -> None:
    top = committed(driver)
    (top / "etc").mkdir(exist_ok=True)
    (top / "etc/hosts").write_text("used")
    (top / "proc").mkdir()
    (top / "proc/x").touch()
    found = [change.path for change in differ.changes(driver, "c")]
    assert found == [b"etc", b"etc/hosts", b"proc", b"proc/x"]


def test_a_replaced_folder(driver: StorageDriver) -> None:
    top = committed(driver)
    if driver.whiteouts == "overlay":
        (top / "x").mkdir()
        os.setxattr(top / "x", "trusted.overlay.opaque", b"y")
    else:
        (top / "x/one").unlink()
        (top / "x/two").unlink()
    (top / "x/three").write_text("3")
    wanted = [("modified", b"x"), ("deleted", b"x/one"), ("added", b"x/three"), ("deleted", b"x/two")]
    assert list(differ.changes(driver, "c")) == wanted
    with tarfile.open(fileobj=io.BytesIO(b"".join(differ.layer(driver, "c")))) as archive:
        names = archive.getnames()
    assert names == (["x", "x/.wh..wh..opq", "x/three"] if driver.whiteouts == "overlay" else
                     ["x", "x/.wh.one", "x/three", "x/.wh.two"])  # fmt: skip


def test_marks_that_hide_nothing_are_no_change(driver: StorageDriver) -> None:
    """As fuse-overlayfs leaves them: in each new folder, and for each new file that was removed again."""
    top = committed(driver)
    (top / "new").mkdir()
    (top / "new/file").touch()
    if driver.whiteouts == "overlay":
        os.setxattr(top / "new", "trusted.overlay.opaque", b"y")
        os.mknod(top / "gone", stat.S_IFCHR, 0)
    assert list(differ.changes(driver, "c")) == [("added", b"new"), ("added", b"new/file")]
    with tarfile.open(fileobj=io.BytesIO(b"".join(differ.layer(driver, "c")))) as archive:
        assert archive.getnames() == ["new", "new/file"]


def test_every_driver_gives_the_same_bytes(driver: StorageDriver) -> None:
    """And always the same: dockerd's (tests/compat/images compares them with its own)."""
    top = committed(driver)
    gone(driver, top / "again")
    (top / "new").write_text("n")
    os.utime(top / "new", ns=(THEN, THEN))
    data = b"".join(differ.layer(driver, "c"))
    mark = data[:512]
    assert mark[:9] == b".wh.again" and mark[100:108] == b"0000600\0" and mark[157:257] == bytes(100)
    assert hashlib.sha256(data).hexdigest() == "c345fd6147bf8e5978c0b9ebc062cdae86e2830407d037dd46324c363395f697"


def test_deep_trees(driver: StorageDriver) -> None:
    """Deeper than folders are held open."""
    driver.prepare("a", None)
    root = Path(driver.layer_dir("a"))
    at = root
    for depth in range(200):
        at = at / "d"
        at.mkdir()
        (at / "z").write_text(str(depth))
    before = len(os.listdir("/proc/self/fd"))
    assert len(list(differ.changes(driver, "a"))) == 400
    assert len(os.listdir("/proc/self/fd")) == before
