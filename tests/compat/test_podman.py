"""Podman over this runtime: what it asks of an OCI runtime works, from run to rm."""

from __future__ import annotations

import os
import pty
import select
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PODMAN = os.environ.get("HUTCH_COMPAT_PODMAN", "")
IMAGE = os.environ.get("HUTCH_COMPAT_PODMAN_IMAGE", "busybox")
RUNTIME = str(Path(__file__).resolve().parents[2] / "bin" / "hutch-runtime")
NAME = f"hutch-compat-{os.getpid()}"
NO_NET = ("--network", "none")

pytestmark = [
    pytest.mark.compat,
    pytest.mark.skipif(not PODMAN, reason="HUTCH_COMPAT_PODMAN names no podman"),
]


def podman(*words: str) -> subprocess.CompletedProcess[str]:
    command = [*shlex.split(PODMAN), "--runtime", RUNTIME, *words]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)


@pytest.fixture
def detached() -> Iterator[str]:
    made = podman(
        "run", "-d", "--name", NAME, *NO_NET, IMAGE, "sh", "-c", "trap 'exit 9' TERM; echo up; sleep 600 & wait"
    )
    assert made.returncode == 0, made.stderr
    yield NAME
    podman("rm", "-f", "-t", "0", NAME)


def test_output_and_exit_code() -> None:
    done = podman("run", "--rm", *NO_NET, IMAGE, "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 7)


def test_a_missing_program_is_127() -> None:
    done = podman("run", "--rm", *NO_NET, IMAGE, "nosuch")
    assert done.returncode == 127
    assert "executable file not found in $PATH" in done.stderr


def test_exec_logs_pause_stop_rm(detached: str) -> None:
    assert podman("exec", detached, "sh", "-c", "echo in; exit 5").stdout == "in\n"
    assert podman("exec", detached, "sh", "-c", "exit 5").returncode == 5
    assert podman("exec", "-d", detached, "touch", "/made").returncode == 0
    end = time.monotonic() + 20
    while podman("exec", detached, "ls", "/made").returncode and time.monotonic() < end:
        time.sleep(0.1)
    assert podman("exec", detached, "ls", "/made").stdout == "/made\n"
    assert podman("logs", detached).stdout == "up\n"
    assert podman("pause", detached).returncode == 0
    assert podman("inspect", "-f", "{{.State.Status}}", detached).stdout == "paused\n"
    assert podman("unpause", detached).returncode == 0
    assert podman("stop", detached).returncode == 0
    assert podman("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", detached).stdout == "exited 9\n"
    assert podman("start", detached).returncode == 0
    assert podman("rm", "-f", "-t", "0", detached).returncode == 0


@pytest.mark.parametrize("verb", ["run", "exec"])
def test_a_terminal(detached: str, verb: str) -> None:
    master, slave = pty.openpty()
    words = ["exec", "-it", detached] if verb == "exec" else ["run", "--rm", "-it", *NO_NET, IMAGE]
    command = [*shlex.split(PODMAN), "--runtime", RUNTIME, *words, "tty"]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        said = b""
        while select.select([master], [], [], 60)[0]:
            try:
                piece = os.read(master, 1024)
            except OSError:
                break
            said += piece
        assert process.wait(60) == 0, said
    os.close(master)
    assert b"/dev/pts/" in said


def test_the_hosts_processes_with_pid_host() -> None:
    done = podman("run", "--rm", "--pid", "host", *NO_NET, IMAGE, "sh", "-c", "echo $$")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1


def test_limits_arrive() -> None:
    done = podman("run", "--rm", *NO_NET, "--ulimit", "nofile=64:64", IMAGE, "sh", "-c", "ulimit -n")
    assert done.stdout == "64\n", done.stderr


def test_a_bridge_gives_an_address() -> None:
    done = podman("run", "--rm", "--network", "podman", IMAGE, "ip", "-4", "addr", "show", "eth0")
    if done.returncode and "netavark" in done.stderr:
        pytest.skip(f"podman cannot make a bridge here: {done.stderr.strip()[:200]}")
    assert "inet " in done.stdout, done.stderr
