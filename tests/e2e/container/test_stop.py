"""``stop``, ``start``, ``restart``, ``kill``, ``pause``, ``wait``, ``rm``, ``rename``: the life of a container."""

from __future__ import annotations

import signal
import time

import pytest

from support.client import Client
from support.space import until

pytestmark = pytest.mark.compat

SH = ("sh", "-c")
POLITE = (*SH, "trap 'echo bye; exit 5' TERM; trap 'echo usr; exit 6' USR1; echo up; while :; do sleep 0.05; done")
DEAF = (*SH, "trap '' TERM; echo up; while :; do sleep 0.05; done")
STATE = "{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}"


def up(cli: Client, command: tuple[str, ...], *flags: str) -> str:
    """A running container whose command has said "up"."""
    name = cli.running(*flags, command=command)
    assert until(lambda: "up" in cli("logs", name).out)
    return name


STOPPED = [
    ("polite", POLITE, [], ["stop"], 5, "bye"),
    ("deaf", DEAF, [], ["stop", "-t", "1"], 137, "up"),
    ("at-once", DEAF, [], ["stop", "-t", "0"], 137, "up"),
    ("own-timeout", DEAF, ["--stop-timeout", "1"], ["stop"], 137, "up"),
    ("own-signal", POLITE, ["--stop-signal", "SIGUSR1"], ["stop"], 6, "usr"),
    ("signal-of-the-call", POLITE, [], ["stop", "--signal", "USR1"], 6, "usr"),
    ("kill", POLITE, [], ["kill"], 137, "up"),
    ("kill-by-name", POLITE, [], ["kill", "-s", "TERM"], 5, "bye"),
    ("kill-by-full-name", POLITE, [], ["kill", "-s", "SIGUSR1"], 6, "usr"),
    ("kill-by-number", POLITE, [], ["kill", "--signal", "10"], 6, "usr"),
]


@pytest.mark.parametrize(
    ("command", "flags", "words", "code", "last"), [pytest.param(*row[1:], id=row[0]) for row in STOPPED]
)
def test_ends(cli: Client, command: tuple[str, ...], flags: list[str], words: list[str], code: int, last: str) -> None:
    if "--signal" in words and words[0] == "stop":
        cli.needs(23)
    name = up(cli, command, *flags)
    assert cli(*words, name).ok() == name
    assert cli("wait", name).ok() == str(code)
    assert cli.field(name, STATE) == f"exited {code} 0"
    assert cli("logs", name).ok().split("\n")[-1] == last


def test_stop_of_a_stopped_one_is_no_error(cli: Client) -> None:
    name = cli.name()
    cli("run", "--name", name, "--network", "none", cli.engine.image, "true").ok()
    assert cli("stop", name).ok() == name


def test_kill_that_is_not_deadly(cli: Client) -> None:
    name = up(cli, (*SH, "trap 'echo hup' HUP; echo up; while :; do sleep 0.05; done"))
    cli("kill", "-s", "HUP", name).ok()
    assert until(lambda: cli("logs", name).out == "up\nhup\n")
    assert cli.field(name, "{{.State.Running}}") == "true"


def test_start_again_and_attached(cli: Client) -> None:
    name = cli.name()
    cli(
        "run",
        "--name",
        name,
        "--network",
        "none",
        cli.engine.image,
        *SH,
        "echo run; cat /kept; echo x >> /kept; exit 3",
    )
    assert cli("start", name).ok() == name
    cli("wait", name).ok()
    attached = cli("start", "-a", name)
    assert (attached.code, attached.out) == (3, "run\nx\nx\n")


def test_start_interactive(cli: Client) -> None:
    name = cli.name()
    cli("create", "-i", "--name", name, "--network", "none", cli.engine.image, *SH, "read a; echo got $a; exit 4").ok()
    said = cli("start", "-ai", name, text="typed\n")
    assert (said.code, said.out) == (4, "got typed\n")


def test_start_of_what_cannot_start(cli: Client) -> None:
    name = cli.name()
    cli("create", "--name", name, "--network", "none", cli.engine.image, "nosuch").ok()
    said = cli("start", name).fails(1, 'exec: "nosuch": executable file not found in \\$PATH')
    assert f"failed to start containers: {name}" in said
    assert cli.field(name, "{{.State.Status}} {{.State.ExitCode}}") == "created 127"


def test_restart_keeps_the_writable_layer(cli: Client) -> None:
    name = up(cli, (*SH, "echo x >> /kept; cat /kept; echo up; trap 'exit 0' TERM; while :; do sleep 0.05; done"))
    before = cli.inspect(name)["State"]
    assert cli("restart", "-t", "5", name).ok() == name
    after = cli.inspect(name)["State"]
    assert after["Running"] and after["Pid"] != before["Pid"] and after["StartedAt"] > before["StartedAt"]
    assert until(lambda: cli("logs", name).out == "x\nup\nx\nx\nup\n")


def test_pause_and_unpause(cli: Client) -> None:
    name = cli.running(command=(*SH, "while :; do echo tick; sleep 0.02; done"))
    assert cli("pause", name).ok() == name
    assert cli.field(name, "{{.State.Status}} {{.State.Paused}} {{.State.Running}}") == "paused true true"
    assert "(Paused)" in cli("ps", "--filter", f"name={name}", "--format", "{{.Status}}").ok()
    frozen = cli("logs", name).out
    time.sleep(0.3)
    assert cli("logs", name).out == frozen
    cli("pause", name).fails(1, "is already paused")
    cli("exec", name, "true").fails(1, "[cC]ontainer .* is paused, unpause the container before exec")
    assert cli("unpause", name).ok() == name
    assert until(lambda: cli("logs", name).out != frozen)
    cli("unpause", name).fails(1, "is not paused")
    cli("pause", name).ok()
    cli("rm", "-f", name).ok()


def test_wait_waits_for_several(cli: Client) -> None:
    names = [cli.running(command=(*SH, f"sleep 0.{n}; exit {n}")) for n in (3, 4)]
    assert cli("wait", *names).ok() == "3\n4"


def test_wait_sees_the_next_exit(cli: Client) -> None:
    name = cli.running()
    waiting = cli.spawn("wait", name)
    time.sleep(0.3)
    assert waiting.poll() is None
    cli("kill", name).ok()
    assert waiting.communicate(timeout=10)[0] == "137\n"


def test_rm(cli: Client) -> None:
    name = cli.running()
    said = cli("rm", name).fails(1)
    assert (
        "container is running: stop the container before removing or force remove" in said
        or "cannot remove container" in said
    )
    assert cli("rm", "-f", name).ok() == name
    cli("rm", name).fails(1, f"No such container: {name}")
    cli("rm", "-f", name)  # forced, a missing one is told and no more


def test_rm_of_several_goes_on_after_an_error(cli: Client) -> None:
    name = cli.name()
    cli("create", "--name", name, cli.engine.image).ok()
    said = cli("rm", "no-such-container", name)
    assert (said.code, said.out) == (1, f"{name}\n")
    assert "No such container: no-such-container" in said.err


def test_rename(cli: Client) -> None:
    first, second = cli.running(), cli.name("new")
    other = cli.running()
    cli("rename", first, second).ok()
    assert cli.field(second, "{{.Name}}") == f"/{second}"
    cli("inspect", first).fails(1, f"No such object: {first}")
    cli("rename", second, other).fails(1, f'Conflict. The container name "/{other}" is already in use by container')
    cli("rename", second, second).fails(1, "Renaming a container with the same name as its current name")
    cli("rename", "no-such-container", "x").fails(1, "No such container: no-such-container")


MISSING = [
    ["stop"],
    ["start"],
    ["kill"],
    ["pause"],
    ["unpause"],
    ["wait"],
    ["restart"],
    ["logs"],
    ["top"],
    ["port"],
    ["attach"],
]


@pytest.mark.parametrize("words", MISSING, ids=lambda words: words[0])
def test_no_such_container(cli: Client, words: list[str]) -> None:
    cli(*words, "no-such-container").fails(1, "No such container: no-such-container")


NOT_RUNNING = [
    (["kill"], "is not running"),
    (["pause"], "is not running"),
    (["top"], "is not running"),
    (["exec", "NAME", "true"], "is not running"),
    (["attach"], "[cC]annot attach to a stopped container, start it first"),
]


@pytest.mark.parametrize(("words", "message"), NOT_RUNNING, ids=[row[0][0] for row in NOT_RUNNING])
def test_not_running(cli: Client, words: list[str], message: str) -> None:
    name = cli.name()
    cli("create", "--name", name, cli.engine.image).ok()
    line = [name if word == "NAME" else word for word in words] if "NAME" in words else [*words, name]
    cli(*line).fails(1, message)


def test_by_prefix_of_the_id(cli: Client) -> None:
    name = cli.running()
    identifier = cli.field(name, "{{.Id}}")
    assert cli.field(identifier[:8], "{{.Name}}") == f"/{name}"
    assert cli("kill", identifier[:10]).ok() == identifier[:10]


def test_a_run_is_killed_with_its_client_only_by_proxied_signals(cli: Client) -> None:
    name = cli.name()
    process = cli.spawn("run", "--name", name, "--sig-proxy=false", "--network", "none", cli.engine.image, *POLITE)
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert cli.field(name, "{{.State.Running}}") == "true"
