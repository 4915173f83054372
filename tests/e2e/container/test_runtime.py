"""``--runtime``: crun and runc in place of our own, through the whole life of a container."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from support.client import Client
from support.engine import COMPAT_RUNTIMES, Daemon
from support.space import until


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":" + COMPAT_RUNTIMES)


@pytest.fixture(scope="module")
def house() -> Iterator[Daemon]:
    """A daemon with the runtimes of this machine; they are on nobody's PATH, so they are named."""
    flags = [f"--add-runtime={name}={path}" for name in ("crun", "runc") if (path := _program(name))]
    daemon = Daemon(*flags)
    try:
        daemon.start()
        daemon.load_box()
        yield daemon
    finally:
        daemon.close()


@pytest.fixture(params=["crun", "runc"])
def runtime(request: pytest.FixtureRequest) -> str:
    """The name of a runtime that is installed."""
    name = str(request.param)
    if _program(name) is None:
        pytest.skip(f"{name} is not installed")
    return name


@pytest.fixture
def client(house: Daemon) -> Iterator[Client]:
    """The stock command on that daemon."""
    client = Client(house, "docker")
    yield client
    client.close()


def test_run(client: Client, runtime: str) -> None:
    flags = ("run", "--rm", "--runtime", runtime, "--network", "none")
    said = client(*flags, "-i", client.engine.image, "sh", "-c", "cat; echo err >&2; exit 7", text="typed\n")
    assert (said.code, said.out, said.err) == (7, "typed\n", "err\n")
    client(*flags, client.engine.image, "nosuch").fails(127, "nosuch")
    network = client("run", "--rm", "--runtime", runtime, client.engine.image, "ls", "/sys/class/net").ok()
    assert "eth0" in network.split()


def test_on_a_terminal(client: Client, runtime: str) -> None:
    words = ("run", "--rm", "-it", "--runtime", runtime, "--network", "none", "--name", client.name())
    terminal = client.terminal(*words, client.engine.image, "sh", rows=31, columns=101)
    terminal.expect("# ")
    terminal.type("stty size\n")
    terminal.expect(r"31 101\s+")
    terminal.type("exit 4\n")
    assert terminal.wait() == 4


def test_exec_logs_and_stop(client: Client, runtime: str) -> None:
    script = "echo begun; trap 'echo ended; exit 3' TERM; while :; do sleep 0.05; done"
    name = client.running("--runtime", runtime, command=("sh", "-c", script))
    assert client("exec", "-e", "A=1", name, "sh", "-c", "echo $A; exit 6").code == 6
    assert client("exec", name, "cat", "/proc/1/comm").ok() == "sh"
    client("stop", name).ok()
    assert client("logs", name).ok() == "begun\nended"
    assert client.field(name, "{{.State.ExitCode}} {{.HostConfig.Runtime}}") == f"3 {runtime}"
    client("start", name).ok()
    assert client.field(name, "{{.State.Running}}") == "true"


def test_outlives_the_daemon(client: Client, house: Daemon, runtime: str) -> None:
    name = client.running("--runtime", runtime, "--memory", "64m")
    pid = client.field(name, "{{.State.Pid}}")
    house.kill()
    house.start()
    assert client.field(name, "{{.State.Pid}} {{.State.Running}}") == f"{pid} true"
    assert client("exec", name, "echo", "still").ok() == "still"
    client("kill", name).ok()
    assert until(lambda: client.field(name, "{{.State.Status}} {{.State.ExitCode}}") == "exited 137")
