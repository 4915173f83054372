"""``start``: let the process of a created container start (runtime-spec, runtime.md, Start)."""

from __future__ import annotations

import _socket
import os

from hutch.linux import process
from hutch.model.errors import Conflict, System
from hutch.runtime import hooks, notify, state
from hutch.runtime.arguments import Options, Parsed
from hutch.runtime.stages.channel import Channel, Closed
from hutch.runtime.stages.failure import SandboxFailed
from hutch.runtime.step import StepFailed

OPTIONS = Options()


def run(root: str, parsed: Parsed) -> int:
    """Start it; returns once its execve is done."""
    container = state.load(root, parsed.the_id())
    status = container.status()
    if status == "stopped":
        raise Conflict("cannot start a container that has stopped")
    if status != "created":
        running = "an already running container" if status == "running" else f"a container in the {status} state"
        raise Conflict(f"cannot start {running}")
    _connect_and_start(container)
    poststart(container)
    return 0


def _connect_and_start(container: state.Container) -> None:
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)
    folder = os.open(container.folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sock.connect(f"/proc/self/fd/{folder}/{state.START_SOCKET}")
    finally:
        os.close(folder)
    os.unlink(f"{container.folder}/{state.START_SOCKET}")
    channel = Channel(sock)
    try:
        channel.send({"op": "start"})
        message, _ = notify.listen(channel, lambda number: heard(container, number))
    except Closed:
        return
    finally:
        channel.close()
    failure = SandboxFailed.of(message)
    failure.inside = True
    raise failure


def heard(container: state.Container, number: int) -> None:
    """Take the listener of the seccomp filter of the container's process to its agent. Raises SandboxFailed."""
    pidfd = process.pidfd_open(container.pid)
    try:
        seccomp = container.config()["linux"]["seccomp"]
        notify.deliver(pidfd, number, seccomp, container.pid, container.to_spec("creating"))
    finally:
        os.close(pidfd)


def poststart(container: state.Container) -> None:
    """Run the poststart hooks; a failure of theirs is an error of the start. Raises System."""
    entries = (container.config().get("hooks") or {}).get("poststart") or []
    if not entries:
        return
    try:
        hooks.run_all("poststart", entries, container.to_spec("running"))
    except StepFailed as err:
        raise System(err.message) from err
