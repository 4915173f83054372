"""A maker that fails or is not wanted; what it makes is used by all of tests/kernel/keeper."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from hutch.runtime.keeper import maker
from hutch.runtime.shape import Shape
from hutch.runtime.stages import parent
from hutch.runtime.stages.channel import Channel, Closed, pair


def run(request: dict[str, Any] | None) -> tuple[int, list[dict[str, object]], list[dict[str, object]]]:
    """(exit code, what it told the daemon, what it told the keeper)."""
    daemon, control = pair()
    keeper, theirs = pair()
    if request is None:
        daemon.close()
    else:
        daemon.send(request)
    pid = os.fork()
    if not pid:
        daemon.close()
        keeper.close()
        maker.make(control, theirs, None)
    control.close()
    theirs.close()
    told = collect(daemon) if request else []
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), told, collect(keeper)


def collect(channel: Channel) -> list[dict[str, object]]:
    messages = []
    try:
        while True:
            messages.append(channel.receive()[0])
    except Closed:
        channel.close()
    return messages


def test_nobody_wants_it() -> None:
    assert run(None) == (0, [], [])


def test_another_runtime_is_left_to_the_keeper() -> None:
    request = {"op": "create", "id": "x", "bundle": "/b", "keeper": {"runtime": {"path": "/usr/bin/crun", "args": []}}}
    assert run(request) == (0, [], [{"kind": "foreign", "request": request}])


def test_a_failure_is_told_to_both(tmp_path: Path) -> None:
    spec = {"log": {"driver": "none"}, "socket": str(tmp_path / "k"), "state": str(tmp_path / "s")}
    code, told, kept = run({"op": "create", "id": "x", "bundle": str(tmp_path), "keeper": spec})
    assert (code, kept) == (0, [{"kind": "failed"}])
    assert [(each["event"], each["errno"]) for each in told] == [("failed", 2)]


def test_who_is_asked_already_does_not_rehearse() -> None:
    ours, theirs = pair()
    assert not maker.asked(theirs)
    ours.send({"op": "create"}, (0,))
    assert maker.asked(theirs) and maker.asked(theirs)
    message, fds, _ = theirs.receive()
    assert message == {"op": "create"} and len(fds) == 1, "looking took nothing away"
    os.close(fds[0])
    ours.close()
    assert maker.asked(theirs)
    theirs.close()


def test_a_rehearsal_leaves_nothing_open() -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    maker.rehearse()
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_it_sees_that_the_init_of_its_sandbox_has_ended() -> None:
    daemon, control = pair()
    for lives in (False, True):
        pid = os.fork()
        if not pid:
            while lives:
                signal.pause()
            os._exit(0)
        ours, theirs = pair()
        sandbox = parent.Parked(pid, os.pidfd_open(pid), ours, Shape.of({}), None)
        if lives:
            daemon.send({"op": "create"})
        assert maker.ended(sandbox, control) is not lives
        sandbox.discard()
        theirs.close()
    daemon.close()
    control.close()
