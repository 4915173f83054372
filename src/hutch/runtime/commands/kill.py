"""``kill``: send a signal to a container's init, or with ``--all`` to all its processes (runtime-spec, Kill)."""

from __future__ import annotations

import os

from hutch.linux import process
from hutch.model import signals
from hutch.model.errors import Conflict, Invalid
from hutch.runtime import state
from hutch.runtime.arguments import Options, Parsed

_SIGKILL = 9
OPTIONS = Options(flags="all", short="a=all")


def run(root: str, parsed: Parsed) -> int:
    """Send it."""
    container = state.load(root, parsed.the_id())
    number = number_of(parsed.args[1] if len(parsed.args) > 1 else "SIGTERM")
    if "all" in parsed.flags:
        for pid in container.pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
    else:
        send(container, number)
    if number == _SIGKILL:
        thaw(container)
    return 0


def thaw(container: state.Container) -> None:
    """Let a paused container go on: what is frozen does not die of SIGKILL on cgroup v1."""
    if container.data["cgroup"] and container.cgroup().is_frozen():
        container.cgroup().thaw()


def send(container: state.Container, number: int) -> None:
    """Signal init by a pidfd, so that no other process with its number can be hit. Raises Conflict."""
    try:
        pidfd = process.pidfd_open(container.pid)
    except OSError:
        raise Conflict("container not running") from None
    try:
        if container.status() == "stopped":
            raise Conflict("container not running")
        process.pidfd_send_signal(pidfd, number)
    except ProcessLookupError:
        raise Conflict("container not running") from None
    finally:
        os.close(pidfd)


def number_of(text: str) -> int:
    """The signal ``text`` names: a number, "KILL" or "SIGKILL". Raises Invalid."""
    name = text.upper().removeprefix("SIG")
    number = int(text) if text.isascii() and text.isdigit() else signals.NUMBERS.get(name, -1)
    if not 0 <= number <= signals.RTMAX:
        raise Invalid(f'unknown signal "{text}"')
    return number
