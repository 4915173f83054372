"""``version``, ``info``, ``events`` and the daemon's own command line."""

from __future__ import annotations

import json
import re
import subprocess
import time

import pytest

from support.client import Client
from support.engine import Daemon


@pytest.mark.compat
def test_version(cli: Client) -> None:
    assert "Server:" in cli("version").ok()
    assert re.fullmatch(r"1\.\d+", cli("version", "-f", "{{.Server.APIVersion}}").ok())
    document = json.loads(cli("version", "--format", cli.json).ok())
    assert document["Server"]["Os"] == "linux" and document["Client"]["Version"]
    old = cli("version", "-f", "{{.Client.APIVersion}}", env={"DOCKER_API_VERSION": "1.41"}).ok()
    assert old == "1.41"


@pytest.mark.compat
def test_info(cli: Client) -> None:
    name = cli.running()
    document = json.loads(cli("info", "--format", "{{json .}}").ok())
    assert document["ContainersRunning"] >= 1 and document["Containers"] >= document["ContainersRunning"]
    assert document["OSType"] == "linux" and document["CgroupDriver"] == "cgroupfs" and document["NCPU"] >= 1
    assert document["Driver"] == "overlay2" and document["DockerRootDir"].startswith("/")
    assert cli("info", "-f", "{{.ServerVersion}}").ok()
    text = cli("info").ok()
    for word in ("Server:", "Containers: ", "Storage Driver: overlay2", "Logging Driver: json-file", "Cgroup Driver: "):
        assert word in text
    cli("rm", "-f", name).ok()


@pytest.mark.compat
def test_events(cli: Client) -> None:
    begin = time.time() - 0.05
    name = cli.name()
    cli("run", "--name", name, "--network", "none", "-l", "mark=e", cli.engine.image, "sh", "-c", "exit 3")
    cli("rm", name).ok()
    window = ("--since", f"{begin:.9f}", "--until", f"{time.time() + 0.2:.9f}")
    form = ("--format", "{{.Type}} {{.Action}}")
    mine = ("--filter", f"container={name}")
    said = cli("events", *window, *mine, *form).ok().split("\n")
    order = [f"container {action}" for action in ("create", "attach", "start", "die", "destroy")]
    assert [line for line in said if line in order] == order
    assert cli("events", *window, *mine, "--filter", "event=die", *form).ok() == "container die"
    assert cli("events", *window, *mine, "--filter", "type=image", *form).ok() == ""
    rows = [json.loads(row) for row in cli("events", *window, *mine, "--format", cli.json).ok().split("\n")]
    die = next(row for row in rows if row["Action"] == "die")
    assert die["Actor"]["Attributes"]["exitCode"] == "3" and die["Actor"]["Attributes"]["mark"] == "e"
    assert die["Actor"]["Attributes"]["name"] == name and die["scope"] == "local"
    line = cli("events", *window, *mine, "--filter", "event=create").ok()
    about = rf"container create [0-9a-f]{{64}} \(.*\bname={name}\b.*\)"
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT[\d:.]+\S* {about}", line)


@pytest.mark.compat
def test_events_as_they_come(cli: Client) -> None:
    name = cli.name()
    now = str(time.time())
    process = cli.spawn("events", "--since", now, "--filter", f"container={name}", "--format", "{{.Action}}")
    cli("create", "--name", name, cli.engine.image).ok()
    assert process.stdout is not None and process.stdout.readline() == "create\n"
    cli("rename", name, f"{name}-2").ok()  # it is listening now
    assert process.stdout.readline() == "rename\n"


@pytest.mark.compat
def test_the_engine_is_not_there(cli: Client) -> None:
    said = cli("ps", env={"DOCKER_HOST": "unix:///no/such.sock"})
    assert said.code == 1 and re.search("Cannot connect to the (Docker|hutch) daemon at unix:///no/such.sock", said.err)


def flags(daemon: Daemon, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(daemon.command(*more), capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--swarm-default-advertise-addr", "x"], "--swarm-default-advertise-addr is not supported yet"),
        (["--nonsense"], "unknown flag: --nonsense"),
        (["--storage-driver", "nonsense"], "nonsense"),
        (["--log-level", "nonsense"], "nonsense"),
        (["word"], "accepts no arguments"),
    ],
)
def test_a_wrong_command_line_ends_the_daemon(own: Daemon, words: list[str], message: str) -> None:
    said = flags(own, *words)
    assert said.returncode == 1 and message in said.stderr


def test_socket_and_folders_are_for_root(own: Daemon) -> None:
    own.start()
    assert (own.base / "hutch.sock").stat().st_mode & 0o7777 == 0o660
    assert (own.base / "data").stat().st_mode & 0o7777 == 0o710
    assert (own.base / "exec").stat().st_mode & 0o7777 == 0o700
    assert (own.base / "hutchd.pid").read_text().strip() == str(own.pid)
    assert own.terminate() == 0
    assert not (own.base / "hutchd.pid").exists()
