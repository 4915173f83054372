"""Execs of plain child processes: the container's side of it is tried in tests/kernel/keeper."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from hutch.model.errors import Conflict, NotFound
from hutch.runtime.keeper.exec import Execs, failure, wanted
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.stages.failure import SandboxFailed

if TYPE_CHECKING:
    from hutch.runtime.keeper.sandbox import Job


class Plain:
    """Starts the process on this machine, as a container would."""

    def execute(
        self, loop: Loop, settings: dict[str, Any], stdio: tuple[int, int, int] | None, code: str | None, job: Job
    ) -> None:
        assert stdio is not None
        if settings["args"][0] == "forbidden":
            raise Conflict("container is paused")
        if settings["args"][0] == "nowhere":
            error = SandboxFailed("exec: nowhere: not found", stage="exec", errno=2, exit_code=127)
            loop.after(0, lambda: job.failed(error))
            return
        process = subprocess.Popen(settings["args"], stdin=stdio[0], stdout=stdio[1], stderr=stdio[2])
        process.returncode = 0  # the loop reaps it
        loop.child(process.pid, job.ended)
        loop.after(0, lambda: job.started(process.pid, -1))


class Bench:
    def __init__(self) -> None:
        self.loop = Loop()
        self.events: list[dict[str, Any]] = []
        self.last = {"exec-exit"}
        self.execs = Execs(self.loop, Plain(), self._event)

    def _event(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if event["event"] in self.last:
            self.loop.after(0.02, self.loop.stop)


@pytest.fixture
def bench() -> Iterator[Bench]:
    it = Bench()
    yield it
    it.loop.close()


def request(*args: str, **more: Any) -> dict[str, Any]:
    return {"op": "exec", "exec": "e", "process": {"args": list(args)}, **more}


def test_streams_code_and_order_of_events(bench: Bench) -> None:
    ours, theirs = socket.socketpair()
    bench.execs.start(request("/bin/sh", "-c", "cat; exit 3", stdin=True), [theirs.detach()])
    ours.sendall(b"hello")
    ours.shutdown(socket.SHUT_WR)
    bench.loop.run()
    assert ours.recv(100) == b"\x01\0\0\0\0\0\0\x05hello"
    assert ours.recv(100) == b""
    ours.close()
    assert [event["event"] for event in bench.events] == ["exec-started", "exec-exit"]
    assert bench.events[1]["code"] == 3
    assert bench.execs.pids() == {}
    bench.loop.after(0.05, bench.loop.stop)
    bench.loop.run()
    assert bench.execs.flushed


@pytest.mark.parametrize(("script", "code"), [("exit 3", 3), ("kill -9 $$", 137)])
def test_a_client_that_wants_it_is_told_the_exit_code_at_last(bench: Bench, script: str, code: int) -> None:
    ours, theirs = socket.socketpair()
    bench.execs.start(request("/bin/sh", "-c", f"echo out; {script}", status=True), [theirs.detach()])
    bench.loop.run()
    data = b"".join(iter(lambda: ours.recv(100), b""))
    ours.close()
    assert data == b"\x01\0\0\0\0\0\0\x04out\n" + b"\x04\0\0\0\0\0\0\x04\0\0\0" + bytes([code])
    bench.loop.after(0.05, bench.loop.stop)
    bench.loop.run()
    assert bench.execs.flushed


def test_a_detached_one_needs_no_client(bench: Bench) -> None:
    bench.execs.start(request("/bin/echo", "to nobody"), [])
    bench.loop.run()
    assert bench.events[-1] == {"event": "exec-exit", "exec": "e", "code": 0, "signal": 0}


def test_a_signal_and_names(bench: Bench) -> None:
    bench.execs.start(request("/bin/sleep", "100"), [])
    with pytest.raises(NotFound, match="no such running exec: e"):  # not yet
        bench.execs.signal("e", 9)
    bench.last = {"exec-started"}
    bench.loop.run()
    bench.last = {"exec-exit"}
    with pytest.raises(Conflict, match="running already"):
        bench.execs.start(request("/bin/true"), [])
    assert bench.events[-1] == {
        "event": "exec-failed", "exec": "e", "stage": "keeper", "errno": 0, "message": "exec e is running already",
        "exit_code": 125,
    }  # fmt: skip
    assert list(bench.execs.pids()) == ["e"]
    with pytest.raises(NotFound, match="no such running exec: other"):
        bench.execs.signal("other", 9)
    with pytest.raises(Conflict, match="no terminal"):
        bench.execs.resize("e", 1, 1)
    bench.execs.signal("e", 15)
    bench.loop.run()
    assert (bench.events[-1]["code"], bench.events[-1]["signal"]) == (143, 15)


def test_a_failure_is_an_event_and_leaves_no_descriptor(bench: Bench) -> None:
    before = len(os.listdir("/proc/self/fd"))
    bench.last = {"exec-failed"}
    ours, theirs = socket.socketpair()
    bench.execs.start(request("nowhere"), [theirs.detach()])
    bench.loop.run()
    assert ours.recv(1) == b""
    ours.close()
    with pytest.raises(Conflict):
        bench.execs.start(request("forbidden"), [])
    assert len(os.listdir("/proc/self/fd")) == before
    assert bench.execs.pids() == {}
    event, again = bench.events
    assert again["event"] == "exec-failed"
    assert (event["event"], event["stage"], event["errno"], event["exit_code"]) == ("exec-failed", "exec", 2, 127)


def test_failures_of_our_own_have_125() -> None:
    assert failure(OSError(2, "No such file", "/a"))["message"] == "/a: no such file"
    assert failure(OSError(28, "No space left")) == {
        "stage": "keeper", "errno": 28, "message": "no space left", "exit_code": 125,
    }  # fmt: skip


def test_wanted_streams() -> None:
    assert wanted({}) == {"stdout", "stderr"}
    assert wanted({"stderr": False}) == {"stdout"}
