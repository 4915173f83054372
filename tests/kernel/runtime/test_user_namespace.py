"""Id maps, idmapped mounts, and namespaces joined by their files."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel

MAPS = [{"containerID": 0, "hostID": 100000, "size": 65536}]


@pytest.fixture
def mapped(box: Any) -> Any:
    """A box whose root is uid 100000 of the host, in a folder that this uid cannot walk to."""
    box.config["linux"]["namespaces"].append({"type": "user"})
    box.config["linux"]["uidMappings"] = box.config["linux"]["gidMappings"] = MAPS
    for folder, _, names in os.walk(box.rootfs):
        os.chown(folder, 100000, 100000)
        for name in names:
            os.chown(os.path.join(folder, name), 100000, 100000, follow_symlinks=False)
    box.folder.chmod(0o700)
    return box


def test_mapped_root_uses_what_it_could_not_reach(mapped: Any) -> None:
    private = mapped.folder / "private"
    private.mkdir(mode=0o700)
    (private / "share").mkdir()
    (private / "share" / "file").write_text("shared\n")
    mount = {"destination": "/share", "type": "bind", "source": str(private / "share"), "options": ["rbind", "ro"]}
    mapped.config["mounts"].append(mount)
    script = (
        "id -u; cat /share/file; touch /made; stat -c %u:%g /made; touch /dev/shm/x && echo shm; "
        "head -c 3 /dev/zero | wc -c; ls -d /proc/self /sys/class; touch /share/x; cat /proc/self/uid_map"
    )
    result = mapped.run("sh", "-c", script)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.split("\n")
    assert lines[:7] == ["0", "shared", "0:0", "shm", "3", "/proc/self", "/sys/class"]
    assert lines[7].split() == ["0", "100000", "65536"]
    assert "ead-only file system" in result.stderr
    assert (mapped.rootfs / "made").stat().st_uid == 100000


def test_exec_is_in_the_user_namespace_too(mapped: Any) -> None:
    assert mapped.create("sleep", "60").returncode == 0, mapped.output()
    assert mapped.call("start", mapped.name).returncode == 0
    pid = mapped.state()["pid"]
    assert os.stat(f"/proc/{pid}").st_uid == 100000
    result = mapped.call("exec", mapped.name, "sh", "-c", "id -u; ls -l /proc/self/ns/user")
    assert result.stdout.startswith("0\n"), result.stderr
    assert os.readlink(f"/proc/{pid}/ns/user") in result.stdout


def test_limits_are_set_from_outside(mapped: Any) -> None:
    mapped.config["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 77, "hard": 99}]
    assert mapped.run("sh", "-c", "ulimit -n; ulimit -Hn").stdout.split() == ["77", "99"]


def test_an_idmapped_mount_shows_other_owners(box: Any) -> None:
    share = box.folder / "share"
    share.mkdir()
    (share / "file").touch()
    os.chown(share / "file", 5, 6)
    box.config["mounts"].append({
        "destination": "/share", "type": "bind", "source": str(share), "options": ["bind", "idmap"],
        "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 100}],
        "gidMappings": [{"containerID": 0, "hostID": 2000, "size": 100}],
    })  # fmt: skip
    result = box.run("stat", "-c", "%u:%g", "/share/file")
    if "nvalid argument" in result.stderr:
        pytest.skip("this file system cannot be idmapped")
    assert result.stdout == "1005:2006\n", result.stderr


@pytest.fixture
def other() -> Iterator[int]:
    """A process in pid, user, network, ipc, uts and time namespaces of its own."""
    command = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--net", "--ipc", "--uts", "--time"]
    with subprocess.Popen([*command, "sleep", "120"]) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        end = time.monotonic() + 20
        while not (text := children.read_text()) and time.monotonic() < end:
            time.sleep(0.02)
        yield int(text)
        os.kill(int(text), 9)
        process.wait(20)


@pytest.mark.parametrize("kinds", [("pid",), ("user", "pid"), ("time",), ("network", "ipc", "uts")])
def test_namespaces_joined_by_path(box: Any, other: int, kinds: tuple[str, ...]) -> None:
    names = {"network": "net", "ipc": "ipc", "uts": "uts", "pid": "pid", "user": "user", "time": "time"}
    own = [each for each in box.config["linux"]["namespaces"] if each["type"] not in kinds]
    if "user" in kinds:
        for mount in box.config["mounts"]:
            mount["options"] = [option for option in mount.get("options", []) if option != "gid=5"]
        own = [each for each in own if each["type"] in ("mount", "network", "ipc", "uts", "cgroup")]
    box.config["linux"]["namespaces"] = [
        *own, *({"type": kind, "path": f"/proc/{other}/ns/{names[kind]}"} for kind in kinds)
    ]  # fmt: skip
    if "uts" in kinds:
        del box.config["hostname"]
    files = [f"/proc/self/ns/{names[kind]}" for kind in kinds]
    result = box.run("ls", "-l", *files)
    assert result.returncode == 0, result.stderr
    for kind in kinds:
        assert os.readlink(f"/proc/{other}/ns/{names[kind]}") in result.stdout
