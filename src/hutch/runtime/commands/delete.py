"""``delete``: remove what a stopped container left; ``--force`` kills it first (runtime-spec, runtime.md, Delete)."""

from __future__ import annotations

import select

from hutch.linux import process
from hutch.model.errors import Conflict, NotFound, System
from hutch.runtime import hooks, state
from hutch.runtime.arguments import Options, Parsed
from hutch.runtime.step import StepFailed

OPTIONS = Options(flags="force", short="f=force")


def run(root: str, parsed: Parsed) -> int:
    """Delete it."""
    name = parsed.the_id()
    force = "force" in parsed.flags
    try:
        container = state.load(root, name)
    except NotFound:
        if force:
            return 0
        raise
    status = container.status()
    if status == "created" or (force and status != "stopped"):
        _end(container)
    elif status != "stopped":
        raise Conflict(f"cannot delete container {name} that is not stopped: {status}")
    delete(container, parsed)
    return 0


def _end(container: state.Container) -> None:
    try:
        pidfd = process.pidfd_open(container.pid)
    except ProcessLookupError:
        return
    if container.data["cgroup"]:
        container.cgroup().kill_all()
    try:
        process.pidfd_send_signal(pidfd, 9)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    if not poll.poll(10_000):
        raise System("container init still running")


def delete(container: state.Container, parsed: Parsed) -> None:
    """Remove the cgroup with what may still run in it, run the poststop hooks, and remove the state."""
    if container.data["cgroup"]:
        cgroup = container.cgroup()
        cgroup.kill_all()
        cgroup.remove()
    entries = (container.config().get("hooks") or {}).get("poststop") or []
    oci = container.to_spec("stopped")
    for entry in entries:
        try:
            hooks.run_all("poststop", [entry], oci)
        except StepFailed as err:
            # The specification: a failing poststop hook is a warning, the others still run.
            parsed.log("warning", err.message)
    container.remove()
