import os

import pytest

from hutch.linux import mount


def test_the_magic_of_procfs() -> None:
    fd = os.open("/proc", os.O_PATH)
    try:
        assert mount.filesystem_magic(fd) == mount.PROC_SUPER_MAGIC
    finally:
        os.close(fd)


def test_errors_name_the_target() -> None:
    with pytest.raises(OSError, match="/no/such/place"):
        mount.umount("/no/such/place")


def test_an_unknown_file_system_is_named() -> None:
    with pytest.raises(OSError, match="nosuchfs"):
        mount.new_mount("nosuchfs", "none")
