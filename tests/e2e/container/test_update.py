"""``update``: limits of running and stopped containers."""

from __future__ import annotations

import pytest

from support.client import Client

pytestmark = pytest.mark.compat


def limits(docker: Client, name: str) -> tuple[int, int]:
    """Memory, and memory and swap together, as the container itself sees them."""
    v1 = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"
    said = docker("exec", name, "sh", "-c", f"{v1} 2> /dev/null || cat /sys/fs/cgroup/memory.max").ok().split()
    return int(said[0]), int(said[-1])


def test_limits_go_up_and_down(cli: Client, docker: Client) -> None:
    name = docker.running("-m", "64m")
    assert limits(docker, name)[0] == 64 << 20
    for size in (300, 32, 128):
        assert cli("update", "-m", f"{size}m", "--memory-swap", f"{2 * size}m", name).ok() == name
        assert limits(docker, name)[0] == size << 20
        assert docker.field(name, "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}") == f"{size << 20} {size << 21}"
    cli("update", "--pids-limit", "7", "--cpus", "0.5", "--cpuset-cpus", "0", name).ok()
    assert docker.field(name, "{{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}}") == "7 500000000"
    pids = "cat /sys/fs/cgroup/pids/pids.max 2> /dev/null || cat /sys/fs/cgroup/pids.max"
    assert docker("exec", name, "sh", "-c", pids).ok() == "7"
    cli("update", "--pids-limit", "-1", name).ok()
    assert docker("exec", name, "sh", "-c", pids).ok() == "max"
    assert docker("exec", name, "grep", "Cpus_allowed_list", "/proc/self/status").ok().split()[1] == "0"


def test_restart_policy(cli: Client, docker: Client) -> None:
    name = docker.running()
    cli("update", "--restart", "unless-stopped", name).ok()
    assert docker.field(name, "{{.HostConfig.RestartPolicy.Name}}") == "unless-stopped"
    docker("kill", "-s", "KILL", name).ok()
    removed = docker.running("--rm")
    cli("update", "--restart", "always", removed).fails(
        1,
        "Cannot update container .*: Restart policy cannot be updated because AutoRemove is enabled for the container",
    )


def test_of_a_stopped_container(cli: Client, docker: Client) -> None:
    name = docker.name("still")
    docker("create", "--name", name, "--network", "none", docker.engine.image, "sleep", "1000").ok()
    cli("update", "-m", "48m", "--memory-swap", "-1", name).ok()
    docker("start", name).ok()
    assert limits(docker, name)[0] == 48 << 20
    docker("rm", "-f", name).ok()


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (
            ["-m", "100m"],
            "Cannot update container .*: Memory limit should be smaller than already set memoryswap limit",
        ),
        (["-m", "1m"], "Minimum memory limit allowed is 6MB"),
        (["--cpuset-cpus", "999"], "Requested CPUs are not available"),
        (["--restart", "foo"], "invalid restart policy: unknown policy 'foo'"),
        ([], "you must provide one or more flags when using this command"),
    ],
)
def test_what_is_refused(cli: Client, docker: Client, flags: list[str], text: str) -> None:
    name = docker.running()
    cli("update", *flags, name).fails(1, text)
    cli("update", "--cpu-shares", "512", "not-there").fails(1, "No such container: not-there")
