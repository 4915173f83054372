"""``hutch run --plan``: what would be done, in order, and nothing of it is."""

from __future__ import annotations

import pytest

from support.client import Client
from support.engine import Engine


def daemon_folder(client: Client) -> str:
    """Where the daemon has its data and its run-time files."""
    return client.engine.socket.rpartition("/")[0]


def _kept(client: Client) -> tuple[str, ...]:
    """What a container could leave: itself, links, leases, volumes, files."""
    daemon, base = client.engine, daemon_folder(client)
    return (
        client("ps", "-aq").ok(),
        daemon.sh("ip -o link | cut -d' ' -f2"),
        client("network", "inspect", "bridge").ok(),
        client("volume", "ls", "-q").ok(),
        daemon.sh(f"ls {base}/data/containers {base}/data/overlay2"),
    )


@pytest.mark.parametrize("network", ["bridge", "none"])
def test_the_steps_in_order_and_nothing_left(engine: Engine, network: str) -> None:
    client = Client(engine, "hutch")
    try:
        first = client("run", "-d", "--network", "bridge", client.engine.image, "sleep", "1000").ok()
        client.keep(first)
        address = client.field(first, "{{.NetworkSettings.Networks.bridge.IPAddress}}")
        before = _kept(client)
        words = ("--network", network, "-v", "/named", "-m", "64m", client.engine.image, "sleep", "7")
        lines = client("run", "--plan", *words).ok().splitlines()
        assert _kept(client) == before
        assert [int(line.split()[0]) for line in lines] == list(range(1, len(lines) + 1))
        planned_id = lines[0].split("make the cgroup ")[1].split()[0].rpartition("/")[2]
        assert len(planned_id) == 64
        assert client.engine.sh(f"find /sys/fs/cgroup {daemon_folder(client)} -name '*{planned_id}*'") == ""
        joining = ["create veth", "default route via"] if network == "bridge" else []
        inside = ["mount overlay", "pivot_root to", "wait for start"]
        wanted = ["make the cgroup", "clone the init process", "memory", *inside, *joining, "execute sleep 7"]
        places = [next(i for i, line in enumerate(lines) if word in line) for word in wanted]
        assert places == sorted(places)
        assert any("veth" in line for line in lines) == (network == "bridge")
        # The address that the plan names was given back: the next container gets it.
        if network == "bridge":
            planned = next(line for line in lines if " to eth0" in line).split("add ")[1].split("/")[0]
            assert planned != address
            second = client.keep(client("run", "-d", client.engine.image, "sleep", "1000").ok())
            assert client.field(second, "{{.NetworkSettings.Networks.bridge.IPAddress}}") == planned
    finally:
        client.close()
