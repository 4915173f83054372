"""A full disk: what needs room says so, and whatever gives room back works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.client import Client
from support.engine import Daemon
from support.space import until

FILL = "dd if=/dev/zero of={0}/fill bs=64k 2> /dev/null || dd if=/dev/zero of={0}/rest bs=1k 2> /dev/null || true"


@pytest.fixture
def small(own: Daemon) -> Iterator[tuple[Daemon, Client]]:
    """A daemon with 24 MB for its data, and with three containers of which two write without end."""
    own.bound("data", "24m")
    own.bound("exec", "8m")
    own.start()
    own.load_box()
    client = Client(own, "docker")
    for name in ("busy", "busier"):
        client("run", "-d", "--name", name, own.image, "sh", "-c", "while :; do echo hello; sleep 0.01; done").ok()
    client("create", "--name", "idle", own.image, "true").ok()
    yield own, client
    client.close()


def test_removing_needs_no_room(small: tuple[Daemon, Client]) -> None:
    own, docker = small
    docker("volume", "create", "vessel").ok()
    docker("tag", own.image, "other:name").ok()
    data = f"{own.base}/data"
    own.sh(FILL.format(data))
    full = f"write {data}/[^ ]*: no space left on device: remove containers, images or volumes that are not needed"
    docker("create", own.image, "true").fails(1, full)
    docker("volume", "create", "another").fails(1, full)
    docker("tag", own.image, "third:name").fails(1, full)
    assert own.api("POST", "/volumes/create", {"Name": "another"})[0] == 500
    docker("stop", "-t", "0", "busy").ok()
    assert docker("ps", "-q").ok().count("\n") == 0
    docker("rm", "busy").ok()
    docker("rm", "-f", "busier").ok()
    docker("volume", "rm", "vessel").ok()
    docker("rmi", "other:name").ok()
    own.sh(f"rm {data}/fill; rm -f {data}/rest")
    assert docker("run", "--rm", own.image, "echo", "well").ok() == "well"


def test_a_daemon_starts_on_a_full_disk(small: tuple[Daemon, Client]) -> None:
    own, docker = small
    data = f"{own.base}/data"
    own.sh(FILL.format(data))
    own.kill()
    own.start()
    assert sorted(docker("ps", "-a", "--format", "{{.Names}}").ok().splitlines()) == ["busier", "busy", "idle"]
    docker("rm", "-f", "busy", "busier", "idle").ok()
    docker("rmi", own.image).ok()


def test_an_end_is_known_although_it_cannot_be_written_down(small: tuple[Daemon, Client]) -> None:
    own, docker = small
    script = "trap 'exit 7' USR1; echo ready; while :; do sleep 0.05; done"
    docker("run", "-d", "--name", "ending", own.image, "sh", "-c", script).ok()
    assert until(lambda: "ready" in docker("logs", "ending").out)
    run = f"{own.base}/exec"
    own.sh(FILL.format(run))
    docker("run", "--name", "fresh", own.image, "true").fails(125, f"write {run}/[^ ]*: no space left on device")
    docker("kill", "-s", "USR1", "ending").ok()
    assert docker("wait", "ending").ok() == "7"
    assert "is gone" not in own.log
    docker("rm", "-f", "busy", "busier", "ending").ok()
