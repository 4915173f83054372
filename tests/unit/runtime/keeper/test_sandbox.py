"""What needs no kernel privileges; the rest is in tests/kernel/keeper."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hutch.model.errors import Conflict, NotFound
from hutch.runtime.cgroups.entry import Entry
from hutch.runtime.keeper.sandbox import Sandbox, read_code
from hutch.runtime.stages.channel import Channel, pair
from hutch.runtime.stages.failure import SandboxFailed


def test_programs_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "x.bpf").write_bytes(b"\x01\x02")
    assert read_code(str(tmp_path / "x.bpf")) == b"\x01\x02"
    assert read_code("") == b""
    assert read_code(None) == b""
    with pytest.raises(FileNotFoundError):
        read_code(str(tmp_path / "none"))


Make = Callable[..., tuple[Sandbox, Channel]]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes one without cgroup, whose first process is a child of ours that sleeps; and init's end of its channel."""
    made: list[tuple[Sandbox, Channel]] = []

    def one(**more: Any) -> tuple[Sandbox, Channel]:
        pid = os.posix_spawn("/bin/sleep", ["sleep", "100"], {})
        ours, theirs = pair()
        told = {
            "bundle": str(tmp_path), "cgroup": "", "entry": Entry().to_json(), "seccomp": None, "keeper": {},
            "pid": pid, "alone": True, **more,
        }  # fmt: skip
        made.append((Sandbox(told, os.pidfd_open(pid), ours.sock.detach()), theirs))
        return made[-1]

    yield one
    for it, channel in made:
        channel.close()
        it.kill()
        with suppress(ChildProcessError):
            os.waitpid(it.pid, 0)
        it.remove()


def test_a_start_ends_with_the_channel_and_happens_once(make: Make) -> None:
    it, init = make()
    init.send({"event": "failed", "stage": "exec", "errno": 2, "message": "no such file", "exit_code": 127})
    with pytest.raises(SandboxFailed, match="no such file") as caught:
        it.start()
    assert caught.value.exit_code == 127
    assert init.receive()[0] == {"op": "start"}
    with pytest.raises(Conflict, match="started already"):
        it.start()


def test_without_a_cgroup(make: Make) -> None:
    it, _ = make()
    for action in (it.pause, it.resume, lambda: it.update({})):
        with pytest.raises(Conflict, match="no cgroup"):
            action()
    it.end()
    it.signal(9, False)
    assert os.WTERMSIG(os.waitpid(it.pid, 0)[1]) == 9
    with pytest.raises(NotFound, match="has ended"):
        it.signal(9, False)


def test_which_filter_an_exec_gets(make: Make, tmp_path: Path) -> None:
    (tmp_path / "own.bpf").write_bytes(b"own")
    (tmp_path / "other.bpf").write_bytes(b"other")
    (tmp_path / "config.json").write_text('{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}}}')
    small = {"flags": ["SECCOMP_FILTER_FLAG_LOG"]}
    it, _ = make(seccomp=small, keeper={"seccomp": str(tmp_path / "own.bpf")})
    assert it._filter(None) == (small, b"own")
    assert it._filter(str(tmp_path / "other.bpf")) == (small, b"other")
    assert it._filter("") == (None, b"")
    uncompiled, _ = make(seccomp=small)
    seccomp, program = uncompiled._filter(None)
    assert seccomp == {"defaultAction": "SCMP_ACT_ALLOW"}
    assert len(program) > 0 and len(program) % 8 == 0  # struct sock_filter
    plain, _ = make()
    assert plain._filter(None) == (None, b"")


def test_the_mounts_are_let_go_with_the_rest_and_only_once(tmp_path: Path) -> None:
    read, write = os.pipe()
    ours, theirs = pair()
    told = {
        "bundle": str(tmp_path), "cgroup": "", "entry": Entry().to_json(), "seccomp": None, "keeper": {}, "pid": -1,
        "alone": True,
    }  # fmt: skip
    it = Sandbox(told, -1, ours.sock.detach(), write)
    it.remove()
    assert os.read(read, 1) == b""
    again = os.open("/dev/null", os.O_RDONLY)
    it.remove()
    os.fstat(again)
    for fd in (read, again):
        os.close(fd)
    theirs.close()
