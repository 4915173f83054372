import pytest

from hutch.runtime.stages import trees
from hutch.runtime.step import StepFailed
from hutch.runtime.steps import mounts, namespaces


def test_steps_without_a_host_path_need_nothing() -> None:
    steps = [namespaces.LoopbackUp(), mounts.MountFilesystem("tmpfs", "tmpfs", "/tmp", ())]
    assert trees.make([*steps], True) == {}


def test_a_missing_source_is_named() -> None:
    with pytest.raises(StepFailed, match="error mounting '/no/such/place': no such file or directory"):
        trees.make([mounts.MountFilesystem("bind", "/no/such/place", "/x", ("rbind",))], True)


def test_without_id_maps_the_child_binds_by_itself() -> None:
    assert trees.make([mounts.MountFilesystem("bind", "/no/such/place", "/x", ("rbind",))], False) == {}


def test_what_lies_on_a_device_or_is_served_by_a_program_is_mounted_outside() -> None:
    folders = ("lowerdir=/a", "upperdir=/u", "workdir=/w")
    assert not trees.from_outside("overlay", folders)
    assert not trees.from_outside("bind", ("rbind", "rw"))
    assert trees.from_outside("fuse.fuse-overlayfs", folders)
    assert trees.from_outside("ext4", ("rw",))
    assert trees.from_outside("overlay", (*folders, "disk=/d"))


@pytest.mark.parametrize(
    ("source", "options", "found"),
    [
        ("/", ("rbind", "ro"), True),
        ("/../.", ("rbind",), True),
        ("/", ("bind",), False),
        ("/home", ("rbind",), False),
        ("", ("rbind",), False),
    ],
)
def test_what_the_containers_root_would_be_copied_with(source: str, options: tuple[str, ...], found: bool) -> None:
    assert trees.whole(source, options) is found
