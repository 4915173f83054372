"""``attach``: to a running container's streams, on a terminal and without one."""

from __future__ import annotations

import signal
import time

import pytest

from support.client import Client
from support.space import until

pytestmark = pytest.mark.compat

SH = ("sh", "-c")
ECHO = (*SH, "while read a; do echo got $a; done; exit 8")


def test_streams_and_exit_code(cli: Client) -> None:
    name = cli.running("-i", command=(*SH, "read a; echo out $a; echo err >&2; sleep 0.3; exit 6"))
    process = cli.spawn("attach", name)
    assert process.stdin is not None and process.stdout is not None
    time.sleep(0.5)  # it is attached
    process.stdin.write("typed\n")
    process.stdin.flush()
    assert process.stdout.readline() == "out typed\n"
    assert process.communicate(timeout=10)[1] == "err\n"
    assert process.returncode == 6


def test_terminal_resize_and_detach(cli: Client) -> None:
    name = cli.running("-it", command=("sh",))
    terminal = cli.terminal("attach", name, rows=31, columns=91)
    time.sleep(0.3)  # the window's size follows the attachment
    terminal.type("\n")
    terminal.expect("# ")

    def size(wanted: str) -> bool:
        terminal.type("stty size\n")
        return wanted in terminal.expect(r"\d\d \d\d+\s").group()

    assert until(lambda: size("31 91"))
    terminal.resize(44, 122)
    assert until(lambda: size("44 122"))
    terminal.type("\x10\x11")
    assert terminal.wait() == 1
    assert "read escape sequence" in terminal.screen
    assert cli.field(name, "{{.State.Running}}") == "true"
    again = cli.terminal("attach", "--detach-keys", "ctrl-a,x", name)
    again.type("echo still $((40+2))\n")
    again.expect("still 42")
    again.type("\x01x")
    assert again.wait() == 1
    last = cli.terminal("attach", name)
    last.type("exit 3\n")
    assert last.wait() == 3


def test_several_see_the_same(cli: Client) -> None:
    script = "{ while :; do echo up; sleep 0.05; done; } & while read a; do echo got $a; done"
    name = cli.running("-i", command=(*SH, script))
    first, second = cli.spawn("attach", "--no-stdin", name), cli.spawn("attach", "--no-stdin", name)
    for process in (first, second):
        assert process.stdout is not None and process.stdout.readline() == "up\n", "attached"
    third = cli.spawn("attach", "--sig-proxy=false", name)
    assert third.stdin is not None
    third.stdin.write("x\n")
    third.stdin.flush()
    for process in (first, second, third):
        assert process.stdout is not None
        assert next(line for line in process.stdout if line != "up\n") == "got x\n"


def test_signals_are_passed_on_unless_told_otherwise(cli: Client) -> None:
    script = "trap 'echo int' INT; trap 'exit 7' TERM; while :; do sleep 0.05; echo up; done"
    name = cli.running(command=(*SH, script))
    quiet = cli.spawn("attach", "--sig-proxy=false", name)
    assert quiet.stdout is not None and quiet.stdout.readline() == "up\n"
    quiet.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    quiet.kill()
    assert cli.field(name, "{{.State.Running}}") == "true"
    process = cli.spawn("attach", name)
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGINT)
    assert until(lambda: process.stdout is not None and process.stdout.readline() == "int\n")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 7


def test_stdin_once_ends_with_its_client(cli: Client) -> None:
    name = cli.name()
    said = cli("run", "-i", "--name", name, "--network", "none", cli.engine.image, *ECHO, text="a\nb\n")
    assert (said.code, said.out) == (8, "got a\ngot b\n")


def test_a_client_that_goes_leaves_the_container(cli: Client) -> None:
    name = cli.name()
    process = cli.spawn("run", "-i", "--name", name, "--network", "none", cli.engine.image, *SH, "echo up; sleep 1000")
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    process.kill()
    process.wait()
    time.sleep(0.2)
    assert cli.field(name, "{{.State.Running}}") == "true"
