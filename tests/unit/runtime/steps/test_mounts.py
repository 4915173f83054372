import os
from pathlib import Path

import pytest

from hutch.linux.paths import Root
from hutch.runtime.step import StepFailed
from hutch.runtime.steps import mounts


def test_a_plain_folder_is_made_and_a_link_refused(tmp_path: Path) -> None:
    root = Root.at(str(tmp_path))
    os.close(mounts.plain_directory(root, "/proc"))
    assert (tmp_path / "proc").is_dir()
    (tmp_path / "sys").symlink_to("proc")
    with pytest.raises(StepFailed, match="ordinary directory: /sys"):
        mounts.plain_directory(root, "/sys")
    root.close()


def test_places_inside_procfs_are_refused() -> None:
    fd = os.open("/proc/self", os.O_PATH)
    with pytest.raises(StepFailed, match="inside /proc"):
        mounts.refuse_procfs(fd, "/proc/self", "/tmp")
    mounts.refuse_procfs(fd, "/proc/uptime", "/tmp")
    os.close(fd)


def test_a_folder_over_proc_is_refused(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_PATH)
    with pytest.raises(StepFailed, match="not of type proc"):
        mounts.refuse_procfs(fd, "/proc", str(tmp_path))
    mounts.refuse_procfs(fd, "/proc", "/proc")
    os.close(fd)


def test_the_description_names_source_target_and_options() -> None:
    step = mounts.MountFilesystem("tmpfs", "shm", "/dev/shm", ("size=1m",))
    assert step.describe() == "mount tmpfs shm at /dev/shm (size=1m)"
