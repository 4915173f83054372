"""How containers end without being asked, and what comes after: out of memory, restart policies."""

from __future__ import annotations

import json
import time

import pytest

from support.client import Client
from support.space import until


def _actions(client: Client, name: str) -> list[str]:
    span = ("--since", "60s", "--until", str(int(time.time()) + 1))
    said = client("events", *span, "--filter", f"container={name}", "--format", "{{json .}}").ok()
    return [json.loads(line)["Action"] for line in said.splitlines()]


@pytest.mark.compat
def test_out_of_memory(docker: Client) -> None:
    name = docker.name("oom")
    flags = ("--name", name, "--network", "none", "-m", "16m", "--memory-swap", "16m")
    hog = "x=0123456789abcdef; while :; do x=$x$x; done"
    assert docker("run", *flags, docker.engine.image, "sh", "-c", hog).code == 137
    state = docker.inspect(name)["State"]
    assert (state["OOMKilled"], state["ExitCode"], state["Status"]) == (True, 137, "exited")
    actions = _actions(docker, name)
    assert actions.count("oom") == 1 and actions.index("oom") < actions.index("die")


@pytest.mark.compat
def test_a_kill_is_not_out_of_memory(docker: Client) -> None:
    name = docker.running("-m", "16m")
    docker("kill", name).ok()
    assert docker.field(name, "{{.State.OOMKilled}} {{.State.ExitCode}}") == "false 137"


@pytest.mark.compat
def test_restarted_on_failure_so_many_times(docker: Client) -> None:
    name = docker.name("again")
    words = ("--name", name, "--network", "none", "--restart", "on-failure:3", docker.engine.image)
    docker("run", "-d", *words, "sh", "-c", "echo here; exit 7").ok()
    ended = "{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}} {{.State.Restarting}}"
    assert until(lambda: docker.field(name, ended) == "3 exited 7 false", 20), docker.field(name, ended)
    assert docker("logs", name).ok() == "here\nhere\nhere\nhere"
    actions = _actions(docker, name)
    assert (actions.count("start"), actions.count("die")) == (4, 4)


@pytest.mark.compat
def test_success_is_no_reason_to_restart(docker: Client) -> None:
    name = docker.name("once")
    docker(
        "run", "-d", "--name", name, "--network", "none", "--restart", "on-failure:3", docker.engine.image, "true"
    ).ok()
    assert docker("wait", name).ok() == "0"
    assert until(lambda: docker.field(name, "{{.RestartCount}} {{.State.Status}}") == "0 exited")


@pytest.mark.compat
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--stop-signal", "FOO"), "invalid signal: FOO"),
        (("--group-add", "nogrp"), "Unable to find group nogrp: no matching entries in group file"),
        (("--log-opt", "foo=bar"), "unknown log opt 'foo' for json-file log driver"),
        (("--log-opt", "max-size=x"), "failed to initialize logging driver: invalid size: 'x'"),
        (("--log-opt", "max-file=0"), "failed to initialize logging driver: max-file cannot be less than 1"),
        (("--log-driver", "nope"), 'error looking up logging plugin nope: plugin "nope" not found'),
        (("--memory", "1m"), "Minimum memory limit allowed is 6MB"),
    ],
)
def test_never_started(docker: Client, flags: tuple[str, ...], message: str) -> None:
    said = docker("run", "--rm", "--network", "none", *flags, docker.engine.image, "true").fails(125)
    assert message.lower() in said.lower() and "Unable to find image" not in said


@pytest.mark.compat
def test_a_stop_signal_that_no_signal_has(docker: Client) -> None:
    name = docker.running("--stop-signal", "99")
    docker("stop", "-t", "1", name).ok()
    assert docker.field(name, "{{.State.Status}} {{.State.ExitCode}}") == "exited 137"


@pytest.mark.compat
def test_values_of_log_options_are_looked_at_when_it_starts(docker: Client) -> None:
    name = docker.name()
    docker("create", "--name", name, "--log-opt", "max-size=x", docker.engine.image, "true").ok()
    said = docker("start", name).fails(1)
    assert "failed to create task for container: failed to initialize logging driver: invalid size: 'x'" in said
    assert docker.field(name, "{{.State.Status}} {{.State.ExitCode}}") == "created 128"
    docker("create", "--log-opt", "mode=maybe", docker.engine.image).fails(1, "logging mode not supported: maybe")


@pytest.mark.compat
def test_one_that_removes_itself_can_be_asked_for_its_exit_code(docker: Client) -> None:
    """docker-py's ``run(auto_remove=True)`` asks when it has been started."""
    body = {"Image": docker.engine.image, "Cmd": ["sh", "-c", "exit 3"], "HostConfig": {"AutoRemove": True}}
    identifier = docker.engine.api("POST", "/containers/create", body)[1]["Id"]
    assert docker.engine.api("POST", f"/containers/{identifier}/start")[0] == 204
    assert docker.engine.api("POST", f"/containers/{identifier}/wait") == (200, {"StatusCode": 3})
    assert until(lambda: docker.engine.api("GET", f"/containers/{identifier}/json")[0] == 404)


@pytest.mark.compat
def test_a_kill_ends_the_restarting(docker: Client) -> None:
    name = docker.running("--restart", "always", command=("false",))
    waits = "{{.State.Restarting}} {{gt .RestartCount 3}}"
    assert until(lambda: docker.field(name, waits) == "true true", 20), docker.field(name, waits)
    docker("kill", name).ok()
    assert until(lambda: docker.field(name, "{{.State.Status}}") == "exited", 10)
