from __future__ import annotations

from pathlib import Path

from hutch.linux.paths import Root
from hutch.model.mount import Mount
from hutch.runtime.step import Inside
from hutch.runtime.steps.rootfs import MountRoot, MountsLink, Pivot


def test_a_storage_drivers_mount_becomes_a_step() -> None:
    step = MountRoot.of(Mount("overlay", "overlay", "/", ("lowerdir=/a:/b",)))
    assert step == MountRoot("overlay", "overlay", ("lowerdir=/a:/b",))
    assert "lowerdir=/a:/b" in step.describe()


def test_the_pivot_names_the_propagation() -> None:
    assert Pivot("rshared").describe().endswith("make it rshared")


def test_the_link_to_the_mounts_is_made_only_where_there_is_nothing(tmp_path: Path) -> None:
    inside = Inside.__new__(Inside)
    with Root.at(str(tmp_path)) as inside.root:
        MountsLink().execute(inside)
        assert (tmp_path / "etc/mtab").readlink() == Path("/proc/mounts")
        (tmp_path / "etc/mtab").unlink()
        (tmp_path / "etc/mtab").write_text("own")
        MountsLink().execute(inside)
        assert (tmp_path / "etc/mtab").read_text() == "own"


def test_a_link_out_of_the_image_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root/etc").symlink_to("../outside")
    inside = Inside.__new__(Inside)
    with Root.at(f"{tmp_path}/root") as inside.root:
        MountsLink().execute(inside)
    assert list((tmp_path / "outside").iterdir()) == []
