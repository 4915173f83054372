from __future__ import annotations

import errno
import os

import pytest

from hutch.linux import zfs

TABLE = """22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:34 / /data rw,relatime - zfs tank/data\\040root rw,xattr,noacl
41 22 0:35 / /run rw shared:7 master:1 - tmpfs zfs rw
"""


def test_the_dataset_of_a_device() -> None:
    assert zfs.on_device(TABLE, os.makedev(0, 34)) == "tank/data root"
    assert zfs.on_device(TABLE, os.makedev(0, 35)) is None
    assert zfs.on_device(TABLE, os.makedev(0, 36)) is None
    assert zfs.holding("/proc") is None and not zfs.is_zfs("/proc")


@pytest.mark.parametrize("name", ["tank", "tank/docker", "r-1/a_b.c:d e"])
def test_names(name: str) -> None:
    assert zfs.is_name(name)


@pytest.mark.parametrize("name", ["", "/tank", "tank/", "tank//a", "-rf", "tank@x", "tank/a#b", "tänk", "t/" * 200])
def test_names_that_are_none(name: str) -> None:
    assert not zfs.is_name(name)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("cannot open 'tank/none': dataset does not exist\n", errno.ENOENT),
        ("cannot create 'tank/a': dataset already exists\n", errno.EEXIST),
        ("cannot destroy 'tank/a': dataset is busy\n", errno.EBUSY),
        ("cannot create 'tank/a': out of space\n", errno.ENOSPC),
        ("Permission denied the ZFS utilities must be run as root.\n", errno.EPERM),
        ("something new\n", errno.EIO),
    ],
)
def test_what_a_program_says(said: str, number: int) -> None:
    error = zfs.failure(said, "zfs destroy")
    assert (error.errno, error.strerror, error.filename) == (number, said.strip(), "zfs destroy")


def test_only_the_first_line_counts() -> None:
    said = "cannot destroy 'tank/a': filesystem has dependent clones\nuse '-R' to destroy the following:\ntank/b\n"
    assert zfs.failure(said, "zfs").strerror == "cannot destroy 'tank/a': filesystem has dependent clones"
    assert zfs.failure(said, "zfs").errno == errno.ENOTEMPTY


@pytest.mark.skipif(zfs.program() is not None, reason="there is a zfs command here")
def test_without_the_command() -> None:
    with pytest.raises(FileNotFoundError, match="there is no zfs command"):
        zfs.children("tank")
