"""A keeper without a container; with one: tests/kernel/keeper."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hutch.model.errors import System
from hutch.runtime.keeper import main
from hutch.runtime.keeper.log import open_log
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.keeper.streams import Streams
from hutch.runtime.stages.channel import Channel, Closed, pair


def keeper(request: dict[str, Any] | None) -> tuple[int, list[dict[str, object]]]:
    """Fork one, send it a request (or hang up), and collect what it says until it ends."""
    ours, theirs = pair()
    pid = os.fork()
    if not pid:
        ours.close()
        main.run(theirs)
    theirs.close()
    events = []
    if request is None:
        ours.close()
    else:
        ours.send(request)
        events = collect(ours)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), events


def collect(channel: Channel) -> list[dict[str, object]]:
    events = []
    try:
        while True:
            events.append(channel.receive()[0])
    except Closed:
        channel.close()
    return events


def test_it_ends_when_nobody_wants_it() -> None:
    assert keeper(None) == (0, [])


def test_a_bad_bundle_is_a_failed_event_and_the_end(tmp_path: Path) -> None:
    spec = {
        "log": {"driver": "none"}, "socket": str(tmp_path / "k"), "state": str(tmp_path / "s"),
        "exit": str(tmp_path / "e"),
    }  # fmt: skip
    code, events = keeper({"op": "create", "id": "x", "bundle": str(tmp_path), "keeper": spec})
    assert code == 0
    assert [event["event"] for event in events] == ["failed"]
    assert events[0]["errno"] == 2
    assert "config.json" in str(events[0]["message"])


def test_a_log_that_cannot_be_opened_is_a_failed_event(tmp_path: Path) -> None:
    spec = {"log": {"driver": "local", "path": str(tmp_path / "none" / "log")}, "socket": str(tmp_path / "k")}
    _, events = keeper({"op": "create", "id": "x", "bundle": str(tmp_path), "keeper": spec})
    assert [event["event"] for event in events] == ["failed"]


class _Busy:
    """A sandbox whose cgroup cannot be removed."""

    pid = 0

    def kill(self) -> None:
        pass

    def remove(self) -> None:
        raise System("cannot remove cgroup: device or resource busy")


def test_it_ends_even_when_its_cgroup_stays_busy(tmp_path: Path) -> None:
    """Else it would stay for good, with nobody who could ask it again."""
    ours, theirs = pair()
    pid = os.fork()
    if not pid:
        ours.close()
        loop = Loop()
        spec = {"socket": str(tmp_path / "socket"), "state": str(tmp_path / "state")}
        it = main.Keeper(loop, theirs, _Busy(), {"id": "x", "bundle": str(tmp_path), "keeper": spec})
        it._streams = Streams(loop, open_log(None))
        loop.run()
        os._exit(7)
    theirs.close()
    (tmp_path / "state").touch()
    ours.send({"op": "release", "seq": 1})
    answers = collect(ours)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert [answer["ok"] for answer in answers] == [False]
    assert os.listdir(tmp_path) == []
