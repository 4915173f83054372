"""The life of a container as a pure state machine: what may follow what, and Docker's words when it may not.

created -> running -> exited -> running ..., running <-> paused, exited -> restarting -> running; any of them except
running and paused -> removing -> gone, or -> dead when the removal failed.
"""

from __future__ import annotations

from hutch.engine import probes
from hutch.engine.record import Record, replace, with_state
from hutch.model.errors import Conflict, NotModified, System


def check_start(record: Record) -> None:
    """Raise unless the container may start."""
    status = record.state.status
    if status == "paused":
        raise Conflict("cannot start a paused container, try unpause instead")
    if status == "running":
        raise NotModified(f"container {record.id} is already running")
    if status in ("removing", "dead"):
        raise Conflict("container is marked for removal and cannot be started")


def check_running(record: Record) -> None:
    """Raise unless its process lives."""
    if record.state.status == "restarting":
        raise Conflict(f"Container {record.id} is restarting, wait until the container is running")
    if not record.running:
        raise Conflict(f"container {record.id} is not running")


def check_kill(record: Record, ref: str) -> None:
    """Raise unless a signal can be delivered; ``ref`` is what the user called the container."""
    if not record.running:
        raise Conflict(f"cannot kill container: {ref}: container {record.id} is not running")


def check_pause(record: Record) -> None:
    """Raise unless it may be frozen."""
    if record.state.status == "paused":
        raise Conflict(f"Container {record.id} is already paused")
    check_running(record)


def check_unpause(record: Record) -> None:
    """Raise unless it is frozen."""
    if record.state.status != "paused":
        raise System(f"Container {record.id} is not paused")


def check_exec(record: Record, ref: str) -> None:
    """Raise unless a further process may be started in it."""
    if record.state.status == "paused":
        raise Conflict(f"Container {ref} is paused, unpause the container before exec")
    check_running(record)


def check_attach(record: Record) -> None:
    """Raise unless streams may be connected."""
    if record.state.status == "paused":
        raise Conflict(f"container {record.id} is paused, unpause the container before attach")
    if record.state.status == "restarting":
        raise Conflict(f"container {record.id} is restarting, wait until the container is running before attach")


def check_remove(record: Record, *, force: bool, ref: str = "") -> None:
    """Raise unless it may be removed; with ``force`` a running one is killed first.

    ``ref`` is what the user called the container.
    """
    status, cannot = record.state.status, f'cannot remove container "{ref or record.id}": '

    if status == "removing":
        raise Conflict(f"removal of container {ref or record.id} is already in progress")
    if force:
        return
    if status == "paused":
        raise Conflict(f"{cannot}container is paused and must be unpaused first")
    if status == "running":
        why = "container is running: stop the container before removing or force remove"
        raise Conflict(cannot + why)
    if status == "restarting":
        why = "container is restarting: stop the container before removing or force remove"
        raise Conflict(cannot + why)


def started(record: Record, pid: int, at: int) -> Record:
    """Its process runs."""
    health = probes.begun(record.config, record.state.health)
    after = with_state(
        record, status="running", pid=pid, exit_code=0, error="", oom_killed=False, started_at=at, finished_at=0,
        health=health,
    )  # fmt: skip
    return replace(after, has_run=True, stopped_by_user=False)


def start_failed(record: Record, code: int, message: str) -> Record:
    """Its process could not be started; it stays what it was before, with the reason."""
    status = "exited" if record.has_run else "created"
    return with_state(record, status=status, pid=0, exit_code=code, error=message)


def exited(record: Record, code: int, oom: bool, at: int) -> Record:
    """Its process has ended."""
    status = record.state.status if record.state.status in ("removing", "dead") else "exited"
    after = with_state(
        record,
        status=status,
        pid=0,
        exit_code=code,
        oom_killed=oom,
        finished_at=at,
        health=probes.ended(record.state.health),
    )
    return replace(after, endpoints={})


def paused(record: Record) -> Record:
    """It is frozen."""
    return with_state(record, status="paused")


def unpaused(record: Record) -> Record:
    """It runs again."""
    return with_state(record, status="running")


def restarting(record: Record) -> Record:
    """It has ended and is to be started again by its restart policy."""
    return replace(with_state(record, status="restarting"), restart_count=record.restart_count + 1)


def removing(record: Record) -> Record:
    """It is going away."""
    return with_state(record, status="removing")


def dead(record: Record, message: str) -> Record:
    """Its removal failed half-way."""
    return with_state(record, status="dead", error=message)


def exit_code(code: int, signal: int) -> int:
    """The exit code of a process that ended with ``code``, or by ``signal``: 128 + n, as shells say."""
    return 128 + signal if signal else code
