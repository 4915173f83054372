"""``--init``: process 1 is our own program; orphans are reaped, signals arrive, codes are told."""

from __future__ import annotations

import pytest

from support.client import Client
from support.space import until

pytestmark = pytest.mark.compat


def test_the_command_is_its_child_and_its_code_is_told(docker: Client) -> None:
    result = docker(
        "run", "--rm", "--network", "none", "--init", docker.engine.image, "sh", "-c", "cat /proc/$$/comm; exit 23"
    )
    assert (result.out, result.code) == ("sh\n", 23)
    result = docker("run", "--rm", "--network", "none", "--init", docker.engine.image, "sh", "-c", "kill -9 $$")
    assert result.code == 137


def test_orphans_are_reaped(docker: Client) -> None:
    name = docker.running("--init", command=("sh", "-c", "sh -c 'sleep 0.2 & sleep 0.2 &'; exec sleep 1000"))

    def states() -> list[str]:
        script = "for f in /proc/[0-9]*/stat; do cut -d' ' -f2,3 $f; done 2>/dev/null"
        return docker("exec", name, "sh", "-c", script).out.splitlines()

    assert until(lambda: sum("(sleep)" in line for line in states()) == 1, 20), states()
    assert not [line for line in states() if line.endswith(" Z")]


def test_signals_reach_the_command(docker: Client) -> None:
    script = "trap 'echo told; exit 42' TERM; echo ready; while :; do sleep 0.05; done"
    name = docker.running("--init", command=("sh", "-c", script))
    assert until(lambda: docker("logs", name).out == "ready\n", 20)
    docker("stop", "-t", "20", name).ok()
    assert docker.field(name, "{{.State.ExitCode}}") == "42"
    assert docker("logs", name).out == "ready\ntold\n"


def test_a_command_that_is_not_there(docker: Client) -> None:
    result = docker("run", "--rm", "--network", "none", "--init", docker.engine.image, "no-such-command")
    assert result.code == 127
    assert "exec no-such-command failed" in result.err


def test_a_terminal_is_the_commands(docker: Client) -> None:
    name = docker.name()
    terminal = docker.terminal(
        "run", "-it", "--rm", "--network", "none", "--name", name, "--init", docker.engine.image, "sh"
    )
    terminal.expect("#")
    terminal.type("sleep 100\r")
    assert until(lambda: "sleep 100" in docker("top", name).out, 20)
    terminal.type("\x03")
    terminal.type("echo code $?\r")
    terminal.expect("code 130")
    terminal.type("exit 4\r")
    assert terminal.wait() == 4
