"""Health checks: probes, status, events, what restarts and stops make of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.client import Client
from support.space import until

pytestmark = pytest.mark.compat
QUICK = ("--health-interval", "300ms", "--health-retries", "2")


def health(docker: Client, name: str) -> Any:
    return json.loads(docker.field(name, "{{json .State.Health}}"))


def becomes(docker: Client, name: str, status: str) -> bool:
    return until(lambda: health(docker, name)["Status"] == status, 20)


def changes(docker: Client, name: str) -> list[str]:
    """The health events so far; those of the current second may be missing: ``--until`` counts in whole ones."""
    words = ("events", "--since", "60s", "--until", "0s", "--filter", f"container={name}", "--format", "{{.Action}}")
    said = docker(*words).ok().splitlines()
    assert any(line.startswith("exec_start: /bin/sh -c ") for line in said)
    return [line for line in said if line.startswith("health_status")]


def test_from_starting_to_unhealthy_to_healthy(cli: Client, docker: Client) -> None:
    check = "echo out; echo err >&2; test -f /ok"
    name = cli.running("--health-cmd", check, *QUICK)
    assert becomes(docker, name, "unhealthy")
    found = health(docker, name)
    assert found["FailingStreak"] >= 2
    assert found["Log"][0]["ExitCode"] == 1 and sorted(found["Log"][0]["Output"].split()) == ["err", "out"]
    assert "(unhealthy)" in cli("ps", "--filter", f"name={name}", "--format", "{{.Status}}").ok()
    docker("exec", name, "touch", "/ok").ok()
    assert becomes(docker, name, "healthy")
    assert health(docker, name)["FailingStreak"] == 0
    assert until(lambda: len(health(docker, name)["Log"]) == 5)
    assert name in docker("ps", "--filter", "health=healthy", "--format", "{{.Names}}").ok()
    wanted = ["health_status: unhealthy", "health_status: healthy"]
    assert until(lambda: changes(docker, name) == wanted, 40)
    docker("stop", "-t", "0", name).ok()
    assert health(docker, name)["Status"] == "unhealthy"
    docker("start", name).ok()
    assert health(docker, name)["Status"] in ("starting", "healthy")


def test_starting_is_shown(cli: Client) -> None:
    name = cli.running("--health-cmd", "true", "--health-interval", "1h")
    assert cli("ps", "--filter", f"name={name}", "--format", "{{.Status}}").ok().endswith("(health: starting)")


def test_a_probe_that_hangs(docker: Client) -> None:
    name = docker.running("--health-cmd", "echo begun; sleep 1000", "--health-timeout", "500ms", *QUICK)
    assert becomes(docker, name, "unhealthy")
    found = health(docker, name)["Log"][0]
    assert found["ExitCode"] == -1 and found["Output"].startswith("Health check exceeded timeout (500ms)")


def test_a_probe_that_cannot_be_run(docker: Client) -> None:
    image = docker.engine.image
    made = {"Image": image, "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}}
    made["Healthcheck"] = {"Test": ["CMD", "/not/there"], "Interval": 300_000_000, "Retries": 1}
    name = docker.name("unprobed")
    assert docker.engine.api("POST", f"/containers/create?name={name}", made)[0] == 201
    docker("start", name).ok()
    assert becomes(docker, name, "unhealthy")
    found = health(docker, name)["Log"][0]
    assert found["ExitCode"] == -1 and "no such file or directory" in found["Output"]
    docker("kill", name).ok()


def test_the_start_period(docker: Client) -> None:
    docker.needs(25)
    name = docker.running("--health-cmd", "false", "--health-start-period", "1h", "--health-start-interval", "200ms",
                          "--health-interval", "200ms", "--health-retries", "1")  # fmt: skip
    assert until(lambda: len(health(docker, name)["Log"]) >= 3, 20)
    found = health(docker, name)
    assert (found["Status"], found["FailingStreak"]) == ("starting", 0)


def test_none(docker: Client) -> None:
    name = docker.running("--no-healthcheck")
    assert docker.field(name, "{{json .Config.Healthcheck}} {{json .State.Health}}") == '{"Test":["NONE"]} null'


def test_output_is_cut(docker: Client) -> None:
    name = docker.running("--health-cmd", "head -c 10000 /dev/zero | tr '\\0' x", *QUICK)
    assert until(lambda: health(docker, name)["Log"], 20)
    assert health(docker, name)["Log"][0]["Output"] == "x" * 4096 + "..."
