"""Overlays of many layers by each of the ways there are; on old kernels (the lab's) only the last one works."""

import os
from pathlib import Path

import pytest

from hutch.linux import mount, overlay

pytestmark = pytest.mark.kernel


def layers(base: Path, count: int) -> tuple[str, ...]:
    """Options for an overlay whose layers hold one file each, named as the overlay2 driver names them."""
    home = base / "overlay2"
    (home / "l").mkdir(parents=True)
    names = []
    for number in range(count):
        diff = home / f"{number:064d}" / "diff"
        diff.mkdir(parents=True)
        (diff / f"file{number}").write_text(str(number))
        (diff / "same").write_text(str(number))
        link = home / "l" / f"{number:026d}"
        link.symlink_to(f"../{diff.parent.name}/diff")
        names.append(str(link))
    top = home / ("t" * 64)
    for name in ("diff", "work"):
        (top / name).mkdir(parents=True)
    lower = ":".join(reversed(names))
    return (f"lowerdir={lower}", f"upperdir={top}/diff", f"workdir={top}/work", "index=off")


def look(fd: int, base: Path, count: int) -> None:
    try:
        names = os.listdir(opened := os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=fd))
        assert sorted(names) == sorted([*(f"file{n}" for n in range(count)), "same"])
        same = os.open("same", os.O_RDONLY, dir_fd=fd)
        assert os.read(same, 100) == str(count - 1).encode()
        os.close(same)
        os.close(os.open("new", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=opened))
        os.close(opened)
        assert (base / "overlay2" / ("t" * 64) / "diff" / "new").exists()
    finally:
        os.close(fd)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that can hold upper folders: the lab's root is an overlay itself."""
    if not os.environ.get("HUTCH_LAB"):
        return tmp_path
    place = Path("/scratch") / tmp_path.name
    place.mkdir()
    return place


@pytest.mark.parametrize("count", [2, 5, 127])
def test_a_new_mount_has_every_layer(folder: Path, count: int) -> None:
    before = Path("/proc/self/mountinfo").read_text()
    look(mount.new_mount("overlay", "overlay", layers(folder, count)), folder, count)
    assert Path("/proc/self/mountinfo").read_text() == before


def test_by_the_page_of_mount_without_a_trace_in_the_mount_table(folder: Path) -> None:
    before = Path("/proc/self/mountinfo").read_text()
    cwd = Path.cwd()
    fd = overlay._in_thread("overlay", layers(folder, 127), mount.MOUNT_ATTR_NOSUID)
    assert os.fstatvfs(fd).f_flag & os.ST_NOSUID
    look(fd, folder, 127)
    assert Path("/proc/self/mountinfo").read_text() == before
    assert Path.cwd() == cwd


def test_what_the_kernel_says_about_a_missing_layer_is_told(folder: Path) -> None:
    options = layers(folder, 20)
    with pytest.raises(OSError, match="o such file"):
        mount.new_mount("overlay", "overlay", tuple(option.replace("/l/", "/gone/") for option in options))
