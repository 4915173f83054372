"""The daemon dies and another takes over: containers run on, and nothing of them is lost."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.client import Client
from support.engine import Daemon
from support.space import until

SH = ("sh", "-c")
TICK = (*SH, "trap 'echo bye; exit 5' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done")


@pytest.fixture(params=["hutch", "docker"])
def client(request: pytest.FixtureRequest, own: Daemon) -> Iterator[Client]:
    """A command at a daemon of its own."""
    own.start()
    own.load_box()
    client = Client(own, request.param)
    yield client
    client.close()


def numbers(text: str) -> list[int]:
    return [int(line) for line in text.split() if line.isdigit()]


def test_containers_run_on_and_are_taken_over(client: Client, own: Daemon) -> None:
    ticking = client.running(command=TICK)
    reading = client.running("-i", command=(*SH, "while read a; do echo got $a; done; exit 8"))
    ending = client.running(command=(*SH, "sleep 1; echo last words; exit 6"))
    removed = client.name("removed")
    client("run", "-d", "--rm", "--name", removed, "--network", "none", own.image, "sleep", "1").ok()
    bridged = client.running(
        "-p", "127.0.0.1:28099:80", command=(*SH, "mkdir /w; echo web > /w/index.html; exec httpd -f -p 80 -h /w")
    )
    ended = client.name("ended")
    client("run", "--name", ended, "--network", "none", own.image, "false")
    pids = {name: client.field(name, "{{.State.Pid}}") for name in (ticking, reading, bridged)}
    following = client.spawn("logs", "-f", ticking)
    own.kill()
    following.communicate(timeout=10)
    time.sleep(1.3)
    assert all(Path(f"/proc/{pid}").is_dir() for pid in pids.values())
    assert own.say("127.0.0.1", 28099) == "web"
    own.start()
    for name, pid in pids.items():
        assert client.field(name, "{{.State.Status}} {{.State.Pid}}") == f"running {pid}"
    said = numbers(client("logs", ticking).out)
    assert said == list(range(1, len(said) + 1)) and len(said) > 20
    assert client("wait", ending).ok() == "6"
    assert client.field(ending, "{{.State.Status}} {{.State.ExitCode}}") == "exited 6"
    assert client("logs", ending).ok() == "last words"
    client("inspect", removed).fails(1, "No such object")
    assert client.field(ended, "{{.State.Status}} {{.State.ExitCode}}") == "exited 1"
    attached = client.spawn("attach", reading)
    assert attached.stdin is not None and attached.stdout is not None
    time.sleep(0.3)
    attached.stdin.write("hello\n")
    attached.stdin.flush()
    assert attached.stdout.readline() == "got hello\n"
    assert client("exec", ticking, "echo", "inside").ok() == "inside"
    assert client("stop", ticking).ok() == ticking
    assert client.field(ticking, "{{.State.ExitCode}}") == "5"
    assert client("logs", "--tail", "1", ticking).ok() == "bye"
    assert own.say("127.0.0.1", 28099) == "web"
    assert client("port", bridged).ok() == "80/tcp -> 127.0.0.1:28099"
    client("start", ticking, ended).ok()
    for name in (ticking, reading, ending, bridged, ended):
        assert client("rm", "-f", name).ok() == name
    assert client("ps", "-aq").ok() == ""
    assert client("run", "--rm", "-p", "127.0.0.1:28099:80", own.image, "echo", "again").ok() == "again"


def test_paused_stays_paused(client: Client, own: Daemon) -> None:
    name = client.running(command=TICK)
    client("pause", name).ok()
    own.kill()
    own.start()
    assert client.field(name, "{{.State.Status}}") == "paused"
    client("unpause", name).ok()
    before = len(numbers(client("logs", name).out))
    assert until(lambda: len(numbers(client("logs", name).out)) > before)


def test_restart_policies_after_a_crash(client: Client, own: Daemon) -> None:
    always = client.name("always")
    client("run", "-d", "--restart", "always", "--name", always, "--network", "none", own.image, "sleep", "1000").ok()
    once = client.running()
    pids = {name: int(client.field(name, "{{.State.Pid}}")) for name in (always, once)}
    own.kill()
    for pid in pids.values():
        os.kill(pid, 9)
    time.sleep(0.3)
    own.start()
    assert until(lambda: client.field(always, "{{.State.Running}}") == "true")
    assert client.field(once, "{{.State.Status}} {{.State.ExitCode}}") == "exited 137"


def test_a_graceful_end_leaves_containers_too(client: Client, own: Daemon) -> None:
    name = client.running(command=TICK)
    pid = client.field(name, "{{.State.Pid}}")
    assert own.terminate() == 0
    assert Path(f"/proc/{pid}").is_dir()
    own.start()
    assert client.field(name, "{{.State.Pid}}") == pid
    said = numbers(client("logs", name).out)
    assert said == list(range(1, len(said) + 1))


def test_many_times(client: Client, own: Daemon) -> None:
    name = client.running(command=TICK)
    for _ in range(4):
        own.kill()
        own.start()
    said = numbers(client("logs", name).out)
    assert said == list(range(1, len(said) + 1))
    assert client("exec", name, "echo", "still").ok() == "still"


@pytest.mark.parametrize("present", [True, False])
def test_nothing_runs_on_without_its_keeper(client: Client, own: Daemon, present: bool) -> None:
    """Keeper and launcher die: the daemon ends the container, or the next one does when none was there."""
    name = client.running(command=TICK)
    pid = client.field(name, "{{.State.Pid}}")
    state = own.base / "exec" / "containers" / client.field(name, "{{.Id}}") / "keeper.json"
    keeper = int(json.loads(state.read_text())["keeper"]["pid"])
    if not present:
        own.kill()
    os.kill(own.launcher(), signal.SIGKILL)
    os.kill(keeper, signal.SIGKILL)
    if not present:
        assert Path(f"/proc/{pid}").is_dir()
        own.start()
    assert until(lambda: client.field(name, "{{.State.Status}} {{.State.ExitCode}}") == "exited 137", 20)
    assert until(lambda: not Path(f"/proc/{pid}").is_dir(), 20)


def test_the_keeper_of_a_removed_container_is_let_go(client: Client, own: Daemon) -> None:
    """The daemon died between the record of a removal and its word to the keeper, which waits for half a minute."""
    name = client.running()
    identity, pid = client.field(name, "{{.Id}}"), int(client.field(name, "{{.State.Pid}}"))
    state = own.base / "exec" / "containers" / identity / "keeper.json"
    keeper = int(json.loads(state.read_text())["keeper"]["pid"])
    own.kill()
    os.kill(pid, signal.SIGKILL)
    with closing(sqlite3.connect(own.base / "data/engine.db")) as rows, rows:
        ((data,),) = rows.execute("SELECT record FROM containers WHERE id = ?", (identity,)).fetchall()
        record = json.loads(data)
        record["state"]["status"] = "removing"
        rows.execute("UPDATE containers SET record = ? WHERE id = ?", (json.dumps(record).encode(), identity))
    own.start()
    assert until(lambda: not Path(f"/proc/{keeper}/exe").exists(), 10)
    assert client("ps", "-aq").ok() == ""


def test_a_launcher_with_nothing_to_keep_ends_with_the_daemon(client: Client, own: Daemon) -> None:
    client("run", "--rm", "--network", "none", own.image, "true").ok()
    launcher = own.launcher()
    assert own.terminate() == 0
    assert until(lambda: not Path(f"/proc/{launcher}/exe").exists(), 20)
    own.start()
    assert client("run", "--rm", "--network", "none", own.image, "echo", "new").ok() == "new"


def test_the_launcher_dies(client: Client, own: Daemon) -> None:
    name = client.running(command=TICK)
    launcher = own.launcher()
    os.kill(launcher, signal.SIGKILL)
    assert client("run", "--rm", "--network", "none", own.image, "echo", "new").ok() == "new"
    assert client.field(name, "{{.State.Running}}") == "true"
    assert client("exec", name, "echo", "old").ok() == "old"
