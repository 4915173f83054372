from hutch.model.mount import Mount
from hutch.runtime.steps.rootfs import MountRoot, Pivot


def test_a_storage_drivers_mount_becomes_a_step() -> None:
    step = MountRoot.of(Mount("overlay", "overlay", "/", ("lowerdir=/a:/b",)))
    assert step == MountRoot("overlay", "overlay", ("lowerdir=/a:/b",))
    assert "lowerdir=/a:/b" in step.describe()


def test_the_pivot_names_the_propagation() -> None:
    assert Pivot("rshared").describe().endswith("make it rshared")
