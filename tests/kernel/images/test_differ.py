from __future__ import annotations

import io
import os
import stat
import tarfile
from pathlib import Path

import pytest

from hutch.images import differ
from hutch.images.tar.extract import Extractor
from hutch.model.tar.reader import Reader
from hutch.storage.drivers import DRIVERS

pytestmark = pytest.mark.kernel


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
    os.link(root / "d/f", root / "again")
    (root / "l").symlink_to("d/" + "long" * 60)
    os.mknod(root / "dev", stat.S_IFCHR | 0o640, os.makedev(5, 300))
    os.mkfifo(root / "p")
    (root / ("ü" * 60)).write_text("")
    (root / "big").write_bytes(b"")
    os.chown(root / "big", 3_000_000_000, 5)
    (root / "s").write_text("")
    (root / "s").chmod(0o6755)
    os.setxattr(root / "s", "user.a", b"\0\xff=\n")
    os.setxattr(root / "s", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
    os.utime(root / "d", ns=(0, 1_234_567_890_123_456_789))


@pytest.mark.parametrize("name", list(DRIVERS))
def test_out_and_in_again(tmp_path: Path, name: str) -> None:
    driver = DRIVERS[name].make(str(tmp_path), {})
    driver.prepare("a", None)
    fill(Path(driver.layer_dir("a")))
    first = b"".join(differ.changes(driver, "a"))
    driver.prepare("b", None)
    Extractor(driver.layer_dir("b"), driver.whiteouts).run(Reader([first]))
    assert shape(Path(driver.layer_dir("b"))) == shape(Path(driver.layer_dir("a")))
    assert b"".join(differ.changes(driver, "b")) == first
    with tarfile.open(fileobj=io.BytesIO(first)) as archive:  # another reader understands it
        assert archive.getmember("s").pax_headers["SCHILY.xattr.user.a"] == "\0\udcff=\n"
        assert archive.getmember("big").uid == 3_000_000_000
    driver.close()


@pytest.mark.parametrize("name", list(DRIVERS))
def test_changes_over_a_layer(tmp_path: Path, name: str) -> None:
    driver = DRIVERS[name].make(str(tmp_path), {})
    base = "sha256:" + "a" * 64
    driver.prepare("staging-1", None)
    fill(Path(driver.layer_dir("staging-1")))
    driver.commit("staging-1", base)
    driver.prepare("c", base)
    top = Path(driver.layer_dir("c"))
    if driver.whiteouts == "overlay":
        os.mknod(top / "again", stat.S_IFCHR, 0)
    else:
        (top / "again").unlink()
    (top / "new").mkdir(mode=0o750)
    (top / "new/file").write_text("n")
    with tarfile.open(fileobj=io.BytesIO(b"".join(differ.changes(driver, "c")))) as archive:
        assert archive.getnames() == [".wh.again", "new", "new/file"]
    driver.close()
