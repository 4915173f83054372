"""Mounts whose places an image, or a neighbour that shares a volume, has prepared to lead out of the root."""

import os
from pathlib import Path
from typing import Any

import pytest

from suites.exchange import STARTS, exchanging
from suites.guards import NOT_OVER_PROCFS, RESOLVED_IN_ROOT, Guard, guarded

pytestmark = pytest.mark.kernel


def tmpfs(where: str) -> dict[str, Any]:
    return {"destination": where, "type": "tmpfs", "source": "tmpfs", "options": []}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the host, with a file in it that nobody may see, and beside which nothing may be made."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "marker").write_text("the host's")
    return folder


def untouched(outside: Path) -> bool:
    return os.listdir(outside) == ["marker"] and (outside / "marker").read_text() == "the host's"


@guarded(RESOLVED_IN_ROOT)
def test_a_target_through_a_link_stays_inside_cve_2021_30465(box: Any, outside: Path) -> None:
    (box.rootfs / "data").symlink_to(outside)
    box.config["mounts"].append(tmpfs("/data/deep"))
    assert box.run("true").returncode == 0
    assert untouched(outside)


@guarded(RESOLVED_IN_ROOT)
def test_a_target_exchanged_by_a_neighbour_cve_2021_30465_2024_45310(box: Any, outside: Path, tmp_path: Path) -> None:
    """The volume is shared; while the container starts, a folder in it and a link to the host change places."""
    volume = tmp_path / "volume"
    (volume / "folder").mkdir(parents=True)
    (volume / "link").symlink_to(outside)
    bind = {"destination": "/vol", "type": "bind", "source": str(volume), "options": ["rbind"]}
    box.config["mounts"] += [bind, tmpfs("/vol/folder/deep")]
    with exchanging(volume / "folder", volume / "link"):
        for _ in range(STARTS):
            assert "marker" not in box.run("ls", "/vol/folder", "/vol/link").stdout
    assert untouched(outside)


@pytest.mark.parametrize("name", ["etc", "run", "var", "tmp"])
@guarded(RESOLVED_IN_ROOT)
def test_standard_folders_as_links_out_of_the_root_cve_2026_41579(box: Any, outside: Path, name: str) -> None:
    place = box.rootfs / name
    if place.exists():
        for entry in place.iterdir():
            entry.unlink()
        place.rmdir()
    place.symlink_to(outside)
    box.config["mounts"].append(tmpfs(f"/{name}/secrets"))
    box.run("true")
    assert untouched(outside)


@guarded(RESOLVED_IN_ROOT)
def test_dev_as_a_link_out_of_the_root_cve_2026_41579(box: Any, outside: Path) -> None:
    (box.rootfs / "dev").symlink_to(outside)
    box.config["mounts"] = [m for m in box.config["mounts"] if m["destination"] != "/dev"]
    box.run("true")
    assert untouched(outside)


@guarded(RESOLVED_IN_ROOT)
def test_the_engines_own_files_do_not_follow_links_cve_2024_9341_2022_23648(
    box: Any, outside: Path, tmp_path: Path
) -> None:
    """A secret or a volume is put where the image has a link to a folder of the host."""
    (tmp_path / "secret").write_text("a secret")
    (box.rootfs / "run").symlink_to(outside)
    bind = {"destination": "/run/secrets/one", "type": "bind", "source": str(tmp_path / "secret"), "options": ["bind"]}
    box.config["mounts"] += [bind, tmpfs("/run/volume/../other")]
    assert box.run("cat", "/run/secrets/one").stdout in ("a secret", "")
    assert untouched(outside)


@pytest.mark.parametrize("name", ["proc", "sys"])
@guarded(
    Guard(
        "runtime/steps/mounts.py",
        "        flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC\n",
        "        flags = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC\n",
    )
)
def test_proc_and_sys_as_links_cve_2019_19921_2023_27561(box: Any, name: str) -> None:
    (box.rootfs / "elsewhere").mkdir()
    (box.rootfs / name).symlink_to("elsewhere")
    result = box.run("true")
    assert result.returncode != 0
    assert f"filesystem must be mounted on ordinary directory: /{name}" in result.stderr


@pytest.mark.parametrize("target", ["/proc", "/proc/self", "/proc/sys/kernel"])
@guarded(NOT_OVER_PROCFS)
def test_mounts_over_procfs_are_refused_cve_2019_16884(box: Any, tmp_path: Path, target: str) -> None:
    (tmp_path / "fake").mkdir()
    mount = {"destination": target, "type": "bind", "source": str(tmp_path / "fake"), "options": ["rbind"]}
    box.config["mounts"].append(mount)
    result = box.run("true")
    assert result.returncode != 0
    assert "cannot be mounted because it is" in result.stderr


@guarded(
    NOT_OVER_PROCFS,
    Guard(
        "runtime/steps/kernel.py",
        "    fd = paths.openat2(own_procfs(inside), name, os.O_WRONLY, 0, _SAFE)\n",
        '    fd = os.open("/proc/" + name, os.O_WRONLY | os.O_CLOEXEC)\n',
    ),
    Guard("runtime/steps/kernel.py", "!= mount.PROC_SUPER_MAGIC", "== -1"),
)
def test_writes_to_procfs_are_not_redirected_cve_2025_52881(box: Any, tmp_path: Path) -> None:
    """A false /proc/sys/net/ipv4 is bound over the real one before a kernel parameter is written."""
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "ip_forward").write_text("as it was")
    box.config["linux"]["sysctl"] = {"net.ipv4.ip_forward": "1"}
    mount = {"destination": "/proc/sys/net/ipv4", "type": "bind", "source": str(fake), "options": ["rbind"]}
    box.config["mounts"].append(mount)
    box.config["linux"]["readonlyPaths"] = []
    box.run("true")
    assert (fake / "ip_forward").read_text() == "as it was"
