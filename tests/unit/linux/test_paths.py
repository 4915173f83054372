from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.linux import paths
from hutch.linux.paths import Root


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    return tmp_path


@pytest.fixture
def root(place: Path) -> Iterator[Root]:
    with Root.at(str(place / "root")) as made:
        yield made


def made(root: Root, path: str) -> None:
    os.close(root.mkdirs(path, uid=os.getuid(), gid=os.getgid()))


def test_links_and_dots_stay_inside(place: Path, root: Root) -> None:
    (place / "root" / "etc").mkdir()
    (place / "root" / "etc" / "passwd").write_text("inside")
    (place / "root" / "absolute").symlink_to("/etc/passwd")
    (place / "root" / "up").symlink_to("../../../../etc/passwd")
    for path in ("/etc/passwd", "etc/passwd", "absolute", "up", "../../etc/passwd", b"/absolute"):
        fd = root.open(path, os.O_RDONLY)
        assert os.read(fd, 99) == b"inside"
        os.close(fd)
    (place / "root" / "out").symlink_to(str(place / "outside"))
    with pytest.raises(FileNotFoundError):
        root.open("out/secret", os.O_RDONLY)


def test_magic_links_are_refused(place: Path) -> None:
    with Root.at("/proc/self") as proc, pytest.raises(OSError) as caught:
        proc.open("fd/0", os.O_RDONLY)
    assert caught.value.errno in (errno.ELOOP, errno.EXDEV)


def test_mkdirs_makes_parents_with_exact_mode(place: Path, root: Root) -> None:
    before = os.umask(0o077)
    try:
        os.close(root.mkdirs("/a/b/../c", 0o755, os.getuid(), os.getgid()))
    finally:
        os.umask(before)
    assert stat.S_IMODE((place / "root/a/c").stat().st_mode) == 0o755
    assert (place / "root/a/b").is_dir()  # as mkdir -p a/b/../c does


def test_mkdirs_through_links(place: Path, root: Root) -> None:
    (place / "root/var").mkdir()
    (place / "root/var/run").symlink_to("/run")
    made(root, "var/run/lock/x")
    assert (place / "root/run/lock/x").is_dir()
    (place / "root/esc").symlink_to("../../outside/new")
    made(root, "esc/deep")
    assert not (place / "outside/new").exists()
    assert (place / "root/outside/new/deep").is_dir()


def test_mkdirs_errors(place: Path, root: Root) -> None:
    (place / "root/file").write_text("")
    with pytest.raises(NotADirectoryError):
        root.mkdirs("file/x")
    (place / "root/l1").symlink_to("l2")
    (place / "root/l2").symlink_to("l1")
    with pytest.raises(OSError) as caught:
        root.mkdirs("l1/x")
    assert caught.value.errno == errno.ELOOP
    with pytest.raises(OSError):
        root.mkdirs("a\0b")


def test_touch(place: Path, root: Root) -> None:
    fd = root.touch("etc/hosts")
    os.close(fd)
    assert (place / "root/etc/hosts").read_bytes() == b""
    (place / "root/etc/resolv.conf").symlink_to("../run/resolved/stub")
    os.close(root.touch("/etc/resolv.conf"))
    assert (place / "root/run/resolved/stub").is_file()
    (place / "root/etc/evil").symlink_to(str(place / "outside/made"))
    os.close(root.touch("etc/evil"))
    assert not (place / "outside/made").exists()


def test_nodes_and_links(place: Path, root: Root) -> None:
    uid, gid = os.getuid(), os.getgid()
    root.mknod("pipe", stat.S_IFIFO | 0o622, uid=uid, gid=gid)
    assert stat.S_ISFIFO(root.stat("pipe").st_mode)
    assert stat.S_IMODE(root.stat("pipe").st_mode) == 0o622
    root.symlink("/x", "link")
    assert root.readlink("link") == b"/x"
    assert stat.S_ISLNK(root.stat("link", follow=False).st_mode)
    assert not root.exists("link") and root.exists("link", follow=False)
    root.unlink("link")
    made(root, "d")
    root.rmdir("d")
    assert root.listdir("/") == ["pipe"]


@pytest.mark.parametrize("path", ["", "/", ".", "..", "a/..", "a/.", "//"])
def test_a_parent_needs_a_name(root: Root, path: str) -> None:
    with pytest.raises(OSError) as caught:
        root.parent(path)
    assert caught.value.errno == errno.EINVAL


def test_split() -> None:
    assert paths.split("/a") == (b"", b"a")
    assert paths.split("a/b/") == (b"a", b"b")
    assert paths.split(b"/a/b/c") == (b"a/b", b"c")


def test_a_swapped_parent_never_leads_out(place: Path, root: Root) -> None:
    """A sidecar exchanges a directory for a link to the outside while we make folders (CVE-2024-45310's shape)."""
    inside = place / "root"
    stop = threading.Event()
    (inside / "real").mkdir()
    (inside / "swap").symlink_to("real")

    def swap() -> None:
        while not stop.is_set():
            for target in (str(place / "outside"), "real"):
                temporary = inside / "t"
                temporary.unlink(missing_ok=True)
                temporary.symlink_to(target)
                temporary.rename(inside / "swap")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for number in range(400):
            try:
                os.close(root.mkdirs(f"swap/d{number}/e"))
                os.close(root.touch(f"swap/f{number}"))
            except OSError as error:
                assert error.errno in (errno.EAGAIN, errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EPERM)
    finally:
        stop.set()
        thread.join()
    assert os.listdir(place / "outside") == ["secret"]


def test_touch_without_following_refuses_a_link(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    (tmp_path / "link").symlink_to("plain")
    (tmp_path / "dangling").symlink_to("nowhere")
    with paths.Root.at(str(tmp_path)) as root:
        for name in ("link", "dangling"):
            with pytest.raises(OSError, match="symbolic links"):
                root.touch(name, follow=False)
        for name in ("plain", "new/file"):
            os.close(root.touch(name, follow=False))
    assert (tmp_path / "new" / "file").is_file()
    assert not (tmp_path / "nowhere").exists()
