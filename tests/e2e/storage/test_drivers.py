"""Containers on each storage driver, through a daemon that was told to use it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.linux import fuse
from support.client import Client
from support.engine import Daemon
from support.space import until

FUSE = pytest.mark.skipif(
    not any(os.access(path, os.X_OK) for path in fuse.PROGRAMS), reason="the program fuse-overlayfs is not installed"
)


@pytest.fixture(params=["overlay2", "vfs", pytest.param("fuse-overlayfs", marks=FUSE)])
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
    assert client("info", "-f", "{{.Driver}}").ok() == driver
    script = "echo one > /file; rm /bin/vi; mkdir -p /d/e; mv /d /f; trap 'exit 3' TERM; echo up; read x; exit 4"
    name = client.running("-i", command=("sh", "-c", script))
    assert until(lambda: "up" in client("logs", name).out, 20)
    own.kill()
    own.start()
    assert client("exec", name, "cat", "/file").ok() == "one"
    client("stop", "-t", "5", name).ok()
    assert until(lambda: not servers(own.base), 10)
    client("start", name).ok()
    assert client("exec", name, "cat", "/file").ok() == "one"
    assert client("exec", name, "ls", "-d", "/f/e", "/bin/vi").out == "/f/e\n"
    client("kill", name).ok()
    client("rm", name).ok()
    assert until(lambda: not servers(own.base), 10)


def test_a_volume_is_filled_from_the_image(client: Client, own: Daemon) -> None:
    assert "sh" in client("run", "--rm", "--network", "none", "-v", "vol:/bin", own.image, "ls", "/bin").ok()
    client("volume", "rm", "vol").ok()
    assert until(lambda: not servers(own.base), 10)


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
