"""Keepers' work done before any is forked, so that what the interpreter learns from it is shared by all.

CPython 3.11 writes into code what it met there (adaptive specialisation), and makes objects at the first use of many
things. In a keeper each of these writes would be a page of its own.
"""

from __future__ import annotations

import os

from hutch.linux import process, signals
from hutch.runtime.cgroups.oom import Watch
from hutch.runtime.keeper import control
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.keeper.main import take_over
from hutch.runtime.keeper.stdio import Pipes
from hutch.runtime.stages.channel import Channel, pair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
    daemon, control_end = pair()
    maker, making = pair()
    init, own_init = pair()
    loop = Loop()
    pipes = Pipes(stdin=False)
    os.write(pipes.theirs[1], b"a line\n")
    pipes.close_theirs()
    log = {"driver": "json-file", "path": files["log"], "options": {}, "attrs": {}}
    made: dict[str, Any] = {
        "kind": "made", "id": "rehearsal", "bundle": "/", "pid": -1, "alone": True, "cgroup": "", "seccomp": None,
        "entry": {"unified": "", "tasks": [], "freezer": ""}, "oom": ["/", 1, 0], "begun": True,
        "keeper": {"log": log, "socket": files["sock"], "start": True},
    }  # fmt: skip
    event, held = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK), os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    watch = Watch.of([event, held])
    listener = control.listen(files["sock"])
    init.send({"event": "created"})
    init.close()  # as its execve does
    own = [held, own_init.fileno(), held, *watch.fds(), listener.fileno(), pipes.stdout, pipes.stderr]
    maker.send(made, tuple(own))
    maker.close()
    own_init.close()
    listener.close()
    watch.close()
    pipes.close_ours()
    process.prctl(process.PR_SET_CHILD_SUBREAPER, 0)
    signals.forget_children()
    keeper = take_over(loop, control_end, making)
    _talk(daemon)
    loop.after(0.0, loop.stop)
    loop.run()
    if keeper is not None:
        keeper.close()
    loop.close()
    daemon.close()


def _talk(daemon: Channel) -> None:
    daemon.send({"op": "status", "seq": 1})
