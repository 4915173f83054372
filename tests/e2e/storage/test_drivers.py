"""Containers on each storage driver, through a daemon that was told to use it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.linux import quota
from hutch.storage import disk, fuse_overlayfs, overlay2
from suites.driver_files import same_as_on_overlay2
from suites.driver_life import life
from support import boxes
from support.client import Client
from support.engine import Daemon
from support.space import until

ROOT = os.geteuid() == 0
FUSE = pytest.mark.skipif(
    ROOT and fuse_overlayfs.why_not("/var/tmp") is not None, reason="fuse-overlayfs does not work on /var/tmp"
)
OVERLAY2 = pytest.mark.skipif(
    ROOT and overlay2.why_not("/var/tmp") is not None, reason="overlay2 does not work on /var/tmp"
)

FUSED = pytest.param("fuse-overlayfs", marks=FUSE)


@pytest.fixture(params=[pytest.param("overlay2", marks=OVERLAY2), "vfs", FUSED])
def driver(request: pytest.FixtureRequest) -> str:
    """A driver that works on any file system."""
    return str(request.param)


@pytest.fixture
def client(own: Daemon, driver: str) -> Iterator[Client]:
    """The command at a daemon with that driver."""
    own.flags = ("-s", driver)
    own.start()
    own.load_box()
    client = Client(own, "docker")
    yield client
    client.close()


def servers(base: Path) -> list[int]:
    """The processes of fuse-overlayfs for layers below ``base``, and of none other."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(base) in words and b"fuse-overlayfs\0-o" in words:
                found.append(int(entry.name))
    return found


def test_life_on_a_driver(client: Client, own: Daemon, driver: str) -> None:
    life(client, own, driver, lambda: not servers(own.base))


@OVERLAY2
@pytest.mark.parametrize("other", ["vfs", FUSED])
def test_files_are_told_as_on_overlay2(own: Daemon, other: str) -> None:
    same_as_on_overlay2(own, "-s", other)
    assert until(lambda: not servers(own.base), 10)


def test_a_volume_is_filled_from_the_image(client: Client, own: Daemon) -> None:
    assert "sh" in client("run", "--rm", "--network", "none", "-v", "vol:/bin", own.image, "ls", "/bin").ok()
    client("volume", "rm", "vol").ok()
    assert until(lambda: not servers(own.base), 10)


@OVERLAY2
def test_why_a_driver_was_chosen(own: Daemon) -> None:
    own.start()
    client = Client(own, "docker")
    assert "Chosen: first that works" in client("info").ok()
    own.load_box()
    assert own.terminate() == 0
    own.start()
    assert f"Chosen: {own.base}/data/overlay2 has data" in client("info").ok()
    client.close()


@FUSE
@pytest.mark.parametrize("driver", ["fuse-overlayfs"])
def test_who_serves_a_file_system(client: Client, own: Daemon) -> None:
    """A process beside the keeper, outside of the container's namespaces, for as long as the container runs."""
    name = client.running(command=("sleep", "1000"))
    (server,) = servers(own.base)
    pid = client.field(name, "{{.State.Pid}}")
    for kind in ("pid", "mnt", "net"):
        assert os.readlink(f"/proc/{server}/ns/{kind}") == os.readlink(f"/proc/{own.pid}/ns/{kind}")
        assert os.readlink(f"/proc/{server}/ns/{kind}") != os.readlink(f"/proc/{pid}/ns/{kind}")
    assert Path(f"/proc/{server}/cgroup").read_text() != Path(f"/proc/{pid}/cgroup").read_text()
    os.kill(server, 9)
    assert client("exec", name, "ls", "/").code != 0
    client("rm", "-f", name).ok()
    assert until(lambda: not servers(own.base), 10)


@FUSE
@pytest.mark.parametrize("driver", ["fuse-overlayfs"])
def test_with_another_runtime(client: Client, own: Daemon) -> None:
    done = client("run", "--rm", "--runtime", "crun", "--network", "none", own.image, "sh", "-c", "echo x > /y; cat /y")
    assert done.ok() == "x"
    assert until(lambda: not servers(own.base), 10)


@OVERLAY2
@pytest.mark.skipif(disk.why_not() is not None, reason=str(disk.why_not()))
def test_a_limit_by_a_disk_of_its_own(own: Daemon) -> None:
    own.flags = ("--storage-opt", "overlay2.quota=loop", "--storage-opt", "overlay2.size=24m")
    own.start()
    own.load_box()
    client = Client(own, "docker")
    fill = ("sh", "-c", "dd if=/dev/zero of=/big bs=1M count=40 2>&1; wc -c < /big")
    shown = ("sh", "-c", f"df -m / | tail -1; {fill[-1]}")
    said = client("run", "--rm", "--network", "none", "--storage-opt", "size=12m", own.image, *shown).ok()
    assert "No space left on device" in said and int(said.split()[-1]) < 12 << 20 and 8 <= int(said.split()[1]) <= 12
    name = client.running(command=("sh", "-c", "echo kept > /kept; sleep 1000"))
    assert until(lambda: client("exec", name, "cat", "/kept").out == "kept\n", 10)
    own.kill()
    own.start()
    assert client("exec", name, "cat", "/kept").ok() == "kept"
    assert int(client.field(name, "{{.State.Pid}}")) > 0 and client("inspect", "-s", name).code == 0
    client("kill", name).ok()
    client("start", name).ok()
    assert client("exec", name, "cat", "/kept").ok() == "kept"
    said = client("exec", name, *fill).ok()
    assert "No space left on device" in said and 12 << 20 < int(said.split()[-1]) < 24 << 20
    client("rm", "-f", name).ok()
    assert until(lambda: str(own.base) not in own.sh("losetup -a"), 10)
    client.close()


@OVERLAY2
def test_a_limit_that_cannot_be_kept_is_refused(own: Daemon) -> None:
    if quota.enforced(str(own.base)):
        pytest.skip("this file system has project quotas")
    own.start()
    own.load_box()
    for kind in ("hutch", "docker"):
        client = Client(own, kind)
        for option, words in (
            ("size=1g", "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"),
            ("foo=1", "Unknown option foo"),
        ):
            done = client("run", "--rm", "--network", "none", "--storage-opt", option, own.image, "true")
            assert done.code == 125 and words in done.err
        assert client("ps", "-aq").ok() == ""
        client.close()


@OVERLAY2
def test_another_driver_and_back(own: Daemon) -> None:
    own.flags = ("-s", "vfs")
    own.start()
    own.load_box()
    client = Client(own, "docker")
    name = client.name("stays")
    client("run", "--name", name, "--network", "none", own.image, "sh", "-c", "echo kept > /kept; exit 4")
    assert own.terminate() == 0
    own.flags = ("-s", "overlay2")
    own.start()
    assert client("ps", "-aq").ok() == "" and client("images", "-q").ok() == ""
    assert "it was created with another storage driver (vfs)" in own.log
    own.load_box()
    assert client("run", "--rm", "--network", "none", own.image, "echo", "hi").ok() == "hi"
    assert own.terminate() == 0
    own.flags = ()
    assert "contains several valid graphdrivers: overlay2, vfs" in flags(own)
    own.flags = ("-s", "vfs")
    own.start()
    assert client("ps", "-a", "--format", "{{.Names}} {{.Status}}").ok().startswith(f"{name} Exited (4)")
    client("start", name).ok()
    assert client("run", "--rm", "--network", "none", own.image, "echo", "hi").ok() == "hi"
    client("rm", "-f", name).ok()
    client.close()


def flags(own: Daemon) -> str:
    """What the daemon says when it does not start."""
    done = subprocess.run(own.space.inside(*own.command(*own.flags)), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize(
    "driver", [pytest.param("overlay2", marks=OVERLAY2), pytest.param("fuse-overlayfs", marks=FUSE)]
)
def test_as_many_layers_as_there_may_be(client: Client, own: Daemon, driver: str) -> None:
    layers = [boxes.busybox_layer(), *(boxes.layer({f"layer-{n}": str(n), "last": str(n)}) for n in range(127))]
    own.load(boxes.archive("high:1", layers))
    said = client("run", "--rm", "--network", "none", "high:1", "sh", "-c", "ls / | grep -c layer-; cat /last").ok()
    assert said == "127\n126"
    more = boxes.archive("higher:1", [*layers, boxes.layer({"more": ""})])
    answer = own.api("POST", "/images/load?quiet=1", more, timeout=120)[1]
    assert "max depth exceeded" in str(answer)
    client("rmi", "high:1").ok()
