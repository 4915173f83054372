"""What the init program does, run as an ordinary process (it is its children's subreaper then) on every machine code
that can be run here: our own, and AArch64's by QEMU where that is installed."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.images import elf, init_program
from hutch.images.builtin import is_static
from hutch.model import platform
from hutch.model.errors import Unsupported

MACHINES = {"amd64": "qemu-x86_64-static", "arm64": "qemu-aarch64-static"}


@pytest.fixture(params=sorted(MACHINES))
def init(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    architecture = request.param
    path = tmp_path / "docker-init"
    init_program.provide(str(path), architecture)
    if platform.host().architecture == architecture:
        return [str(path)]
    emulator = shutil.which(MACHINES[architecture])
    if emulator is None:
        pytest.skip(f"needs {MACHINES[architecture]}")
    return [emulator, str(path)]


def run(init: list[str], *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*init, *args], text=True, capture_output=True, timeout=30, check=False, env=env)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        process.kill()
        process.communicate()


def start(init: list[str], started: list[subprocess.Popen[str]], script: str) -> subprocess.Popen[str]:
    """Start the shell script behind the init, and wait for its first line, "ready"."""
    process = subprocess.Popen([*init, "--", "sh", "-c", script], text=True, stdout=subprocess.PIPE)
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_the_commands_code_is_the_programs_own(init: list[str]) -> None:
    assert run(init, "--", "sh", "-c", "exit 0").returncode == 0
    assert run(init, "--", "sh", "-c", "exit 7").returncode == 7
    assert run(init, "sh", "-c", "exit 255").returncode == 255


def test_a_signal_that_ended_the_command_becomes_128_and_its_number(init: list[str]) -> None:
    assert run(init, "--", "sh", "-c", "kill -9 $$").returncode == 137
    assert run(init, "--", "sh", "-c", "kill -SEGV $$").returncode == 139


def test_arguments_and_environment_arrive_as_given(init: list[str]) -> None:
    done = run(init, "--", "sh", "-c", 'echo "$1|$2|$V"', "x", "--", " y ", env={"V": "w", "PATH": "/bin"})
    assert done.stdout == "--| y |w\n"


def test_the_command_is_looked_up_in_path(init: list[str], tmp_path: Path) -> None:
    for folder, code in (("one", 1), ("two", 2)):
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "thing"
        program.write_text(f"#!/bin/sh\nexit {code}\n")
        program.chmod(0o755)
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert run(init, "thing", env={"PATH": f"{one}:{two}"}).returncode == 1
    assert run(init, "thing", env={"PATH": f"/nowhere:/etc/passwd:{two}:{one}"}).returncode == 2
    (tmp_path / "one" / "thing").chmod(0o644)
    assert run(init, "thing", env={"PATH": f"{one}:{two}"}).returncode == 2
    assert run(init, "thing", env={"PATH": one}).returncode == 126
    assert run(init, f"{two}/thing", env={}).returncode == 2
    assert run(init, "true", env={}).returncode == 0


def test_a_folder_of_path_that_is_too_long_is_no_folder(init: list[str], tmp_path: Path) -> None:
    long = "/" + "a/" * 5000
    assert run(init, "true", env={"PATH": f"{long}:/bin"}).returncode == 0
    assert run(init, "true", env={"PATH": long}).returncode == 1
    assert run(init, "x" * 20000, env={"PATH": "/bin:/usr/bin"}).returncode == 1


def test_a_command_that_cannot_be_executed_is_named(init: list[str]) -> None:
    done = run(init, "--", "nowhere-to-be-found")
    assert (done.returncode, done.stderr) == (
        127,
        "docker-init: exec nowhere-to-be-found failed: no such file or directory\n",
    )
    done = run(init, "--", "/etc")
    assert (done.returncode, done.stderr) == (126, "docker-init: exec /etc failed: permission denied\n")


def test_without_a_command_it_fails(init: list[str]) -> None:
    assert run(init).returncode == 1
    assert run(init, "--").returncode == 1


@pytest.mark.parametrize("name", ["TERM", "HUP", "INT", "USR1", "WINCH", "RTMIN"])
def test_signals_are_passed_on(init: list[str], started: list[subprocess.Popen[str]], name: str) -> None:
    wait = "trap 'exit 42' %s; echo ready; while :; do sleep 0.05; done"
    process = start(init, started, wait % name if name != "RTMIN" else wait % int(signal.SIGRTMIN))
    process.send_signal(signal.SIGRTMIN if name == "RTMIN" else getattr(signal, f"SIG{name}"))
    assert process.wait(timeout=30) == 42


def test_orphans_are_reaped_while_the_command_runs(init: list[str], started: list[subprocess.Popen[str]]) -> None:
    process = start(init, started, "sh -c 'sleep 0.1 & sleep 0.1 &' ; echo ready; exec sleep 30")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        states = children(process.pid)
        if len(states) == 1:
            break
        time.sleep(0.05)
    assert list(states.values()) in (["S"], ["R"])  # the command alone, and alive: an emulator may be at work still


def children(pid: int) -> dict[int, str]:
    """The states of the children of ``pid`` by their ids."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found[int(entry.name)] = fields[0]
    return found


def test_the_code_is_the_commands_even_if_an_orphan_ends_later(
    init: list[str], started: list[subprocess.Popen[str]]
) -> None:
    process = start(init, started, "sh -c '(sleep 0.2; exit 3) &' ; echo ready; sleep 0.5; exit 5")
    assert process.wait(timeout=30) == 5


def test_the_command_has_a_process_group_of_its_own_and_no_signal_blocked(init: list[str]) -> None:
    script = "grep -E 'SigBlk|SigIgn' /proc/self/status; ps -o pgid= -p $$ 2>/dev/null || true; echo $$"
    plain = subprocess.run(["/bin/sh", "-c", script], text=True, capture_output=True, check=True).stdout.splitlines()
    lines = run(init, "--", "sh", "-c", script).stdout.splitlines()
    assert lines[:2] == plain[:2]
    if len(lines) == 4:
        assert lines[2].strip() == lines[3]


def test_the_file_is_static_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "docker-init"
    assert init_program.provide(str(path), "amd64") == str(path)
    first = path.stat()
    assert first.st_mode & 0o777 == 0o755
    assert is_static(str(path))
    init_program.provide(str(path), "amd64")
    assert path.stat().st_ino == first.st_ino
    path.write_bytes(b"another version")
    init_program.provide(str(path), "amd64")
    assert path.read_bytes() == init_program.create("amd64")
    assert os.listdir(tmp_path) == ["docker-init"]


def test_another_architecture_is_refused() -> None:
    with pytest.raises(Unsupported, match="riscv64"):
        init_program.create("riscv64")
    assert elf.program("amd64", b"")[:4] == b"\x7fELF"
