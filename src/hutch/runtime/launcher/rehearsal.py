"""Keepers' work done before any is forked, so that what the interpreter learns from it is shared by all.

CPython 3.11 writes into code what it met there (adaptive specialisation), and makes objects at the first use of many
things. In a keeper each of these writes would be a page of its own.
"""

from __future__ import annotations

import os
from typing import Any

from hutch.linux import process
from hutch.runtime.cgroups.oom import Watch
from hutch.runtime.keeper import control
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.keeper.main import Keeper
from hutch.runtime.keeper.sandbox import Sandbox
from hutch.runtime.keeper.stdio import Pipes
from hutch.runtime.stages.channel import Channel, pair

ROUNDS = 20
"""Specialisation begins after 8 calls; more than 20 gained nothing when measured."""


def rehearse(folder: str) -> None:
    """Keep a container that does not exist, with its files in ``folder``. Raises OSError."""
    files = {name: f"{folder}/rehearsal.{name}" for name in ("sock", "log")}
    try:
        for _ in range(ROUNDS):
            _once(files)
    finally:
        for path in files.values():
            if os.path.lexists(path):
                os.unlink(path)


def _once(files: dict[str, str]) -> None:
    daemon, theirs = pair()
    init, own_init = pair()
    loop = Loop()
    pipes = Pipes(stdin=False)
    os.write(pipes.theirs[1], b"a line\n")
    pipes.close_theirs()
    log = {"driver": "json-file", "path": files["log"], "options": {}, "attrs": {}}
    made: dict[str, Any] = {
        "kind": "made", "id": "rehearsal", "bundle": "/", "pid": -1, "alone": True, "cgroup": "", "seccomp": None,
        "entry": {"unified": "", "tasks": [], "freezer": ""},
        "oom": ["/", 1, 0], "keeper": {"log": log, "socket": files["sock"]},
    }  # fmt: skip
    event, held = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK), os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    watch = Watch.of([event, held])
    listener = control.listen(files["sock"])
    fds = _handed_over(made, [own_init.fileno(), *watch.fds(), listener.fileno(), pipes.stdout, pipes.stderr])
    own_init.close()
    listener.close()
    keeper = Keeper(loop, theirs, Sandbox(made, -1, fds.pop(0)), made)
    keeper.adopt(made, fds)
    _talk(daemon)
    loop.after(0.0, loop.stop)
    loop.run()
    keeper.close()
    loop.close()
    for each in (daemon, init):
        each.close()


def _handed_over(made: dict[str, Any], fds: list[int]) -> list[int]:
    """As from a maker: other descriptors for the same."""
    process.prctl(process.PR_SET_CHILD_SUBREAPER, 0)
    ours, theirs = pair()
    theirs.send(made, tuple(fds))
    theirs.close()
    _, received, _ = ours.receive()
    ours.close()
    for fd in fds[1:3] + fds[4:]:
        os.close(fd)
    return received


def _talk(daemon: Channel) -> None:
    daemon.send({"op": "status", "seq": 1})
