"""Whole containers on a kernel with cgroup v2 alone: every limit as the kernel holds it, pause, stats, exec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.client import Client
from support.space import until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

SLOW = 300.0


def run(docker: Client, *words: str) -> str:
    return docker("run", "--rm", "--network", "none", *words, timeout=SLOW).ok()


def cgroup(docker: Client, name: str) -> Path:
    """The container's folder, found by its process."""
    pid = docker.field(name, "{{.State.Pid}}")
    return Path("/sys/fs/cgroup" + Path(f"/proc/{pid}/cgroup").read_text().strip().removeprefix("0::"))


def test_the_limits_arrive_in_the_kernel(docker: Client) -> None:
    name = docker.running(
        "--memory", "64m", "--memory-swap", "96m", "--memory-reservation", "32m", "--pids-limit", "50", "--cpus", "0.5",
        "--cpu-shares", "512", "--cpuset-cpus", "0", "--blkio-weight", "200",
    )  # fmt: skip
    folder = cgroup(docker, name)
    values = {
        file: (folder / file).read_text().strip()
        for file in ("memory.max", "memory.swap.max", "memory.low", "pids.max", "cpu.max", "cpu.weight", "cpuset.cpus")
    }
    assert values == {
        "memory.max": str(64 << 20),
        "memory.swap.max": str(32 << 20),
        "memory.low": str(32 << 20),
        "pids.max": "50",
        "cpu.max": "50000 100000",
        "cpu.weight": "59",
        "cpuset.cpus": "0",
    }


def test_a_container_sees_its_own_cgroup_as_the_root(docker: Client) -> None:
    out = run(
        docker, "--memory", "64m", docker.engine.image, "sh", "-c", "cat /proc/self/cgroup /sys/fs/cgroup/memory.max"
    )
    assert out == f"0::/\n{64 << 20}"
    script = "echo 1 > /sys/fs/cgroup/cgroup.freeze || mkdir /sys/fs/cgroup/x || echo read-only"
    assert run(docker, docker.engine.image, "sh", "-c", f"{{ {script}; }} 2>/dev/null") == "read-only"


def test_memory_beyond_the_limit_ends_the_container(docker: Client) -> None:
    name = docker.name()
    script = "head -c 100000000 /dev/zero | tail"
    docker("run", "--name", name, "--network", "none", "--memory", "16m", "--memory-swap", "16m", docker.engine.image,
           "sh", "-c", f"exec {script.split(' | ')[1]} < /dev/zero", timeout=SLOW)  # fmt: skip
    state = docker.inspect(name)["State"]
    assert (state["OOMKilled"], state["ExitCode"]) == (True, 137)


def test_more_processes_than_allowed_are_refused(docker: Client) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; wait"
    result = docker("run", "--rm", "--network", "none", "--pids-limit", "5", docker.engine.image, "sh", "-c", script,
                    timeout=SLOW)  # fmt: skip
    assert "can't fork" in result.err


@pytest.mark.parametrize(
    ("flags", "shows"),
    [((), "no"), (("--device-cgroup-rule", "c 1:11 rmw"), "yes"), (("--device", "/dev/kmsg:/dev/log"), "yes")],
)
def test_devices_are_denied_unless_allowed(docker: Client, flags: tuple[str, ...], shows: str) -> None:
    """The kernel's log, which asks for no capability of who only opens it for writing; nothing is written."""
    script = "mknod /tmp/kmsg c 1 11; (: >> /tmp/kmsg) 2>/dev/null && echo yes || echo no"
    assert run(docker, *flags, docker.engine.image, "sh", "-c", script) == shows


def test_pause_stops_and_unpause_goes_on(docker: Client) -> None:
    name = docker.running()
    folder = cgroup(docker, name)
    docker("pause", name).ok()
    assert until(lambda: "frozen 1" in (folder / "cgroup.events").read_text(), 30)
    assert docker.field(name, "{{.State.Status}}") == "paused"
    docker("unpause", name).ok()
    assert until(lambda: "frozen 0" in (folder / "cgroup.events").read_text(), 30)


def test_stats_and_exec(docker: Client) -> None:
    name = docker.running("--memory", "64m")
    seen = docker(
        "exec", name, "sh", "-c", "cat /proc/self/cgroup; grep -c . /sys/fs/cgroup/cgroup.procs", timeout=SLOW
    )
    assert seen.ok().splitlines()[0] == "0::/"
    status, stats = docker.engine.api("GET", f"/containers/{name}/stats?stream=0&one-shot=1")
    assert status == 200
    assert memory(stats)["limit"] == 64 << 20
    assert 0 < memory(stats)["usage"] < 64 << 20
    assert stats["cpu_stats"]["cpu_usage"]["total_usage"] > 0
    assert stats["pids_stats"]["current"] == 1


def memory(stats: Any) -> Any:
    assert "anon" in stats["memory_stats"]["stats"], json.dumps(stats["memory_stats"])
    return stats["memory_stats"]


def test_nothing_stays_in_the_cgroup_tree(docker: Client) -> None:
    name = docker.running()
    folder = cgroup(docker, name)
    docker("rm", "-f", name).ok()
    assert until(lambda: not folder.exists(), 30)
