"""``update``: other limits and another restart policy for a container that is there (Engine API, ContainerUpdate).

What the request says nothing of stays as it was. The merge is pure; a running container gets its limits through its
keeper, and the record is written only when the kernel has taken them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hutch.engine import devices
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.record import Record, replace
from hutch.engine.store import Store
from hutch.linux.failpoint import failpoint
from hutch.model import wire
from hutch.model.errors import Conflict, HutchError, Unavailable, from_kind
from hutch.model.host_config import HostConfig
from hutch.spec import limits, resources, validate
from hutch.spec.machine import Machine

Json = dict[str, Any]
_TAKEN = (
    "blkio_weight", "cpu_shares", "nano_cpus", "cpu_period", "cpu_quota", "cpuset_cpus", "cpuset_mems", "memory",
    "memory_swap", "memory_reservation", "cpu_realtime_period", "cpu_realtime_runtime",
)  # fmt: skip
"""Limits that a request can change, when it names them with another value than zero or nothing."""
_EXCLUSIVE = (
    ("nano_cpus", "cpu_period", "Nano CPUs", "CPU Period"),
    ("nano_cpus", "cpu_quota", "Nano CPUs", "CPU Quota"),
    ("cpu_period", "nano_cpus", "CPU Period", "NanoCPUs"),
    ("cpu_quota", "nano_cpus", "CPU Quota", "NanoCPUs"),
)


def merge(host: HostConfig, asked: HostConfig) -> HostConfig:
    """The HostConfig with what is asked for. Raises Conflict for what does not go with what is set already."""
    for one, other, name, set_already in _EXCLUSIVE:
        if getattr(asked, one) > 0 and getattr(host, other) > 0:
            raise Conflict(f"Conflicting options: {name} cannot be updated as {set_already} has already been set")
    changes = {name: value for name in _TAKEN if (value := getattr(asked, name))}
    # An unlimited swap (-1) is smaller than any memory limit here, as it is with dockerd.
    if asked.memory > host.memory_swap and asked.memory and not asked.memory_swap:
        raise Conflict(
            "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
        )
    if asked.pids_limit is not None:
        changes["pids_limit"] = asked.pids_limit
    if asked.restart_policy.name:
        if host.auto_remove and asked.restart_policy.name != "no":
            raise Conflict("Restart policy cannot be updated because AutoRemove is enabled for the container")
        changes["restart_policy"] = asked.restart_policy
    return msgspec.structs.replace(host, **changes)


def in_force(host: HostConfig) -> Json:
    """``linux.resources`` for a container that runs: all limits but the devices, which cannot be changed."""
    out = resources.to_oci(host, (), devices.numbers(host))
    del out["devices"]
    if host.pids_limit is not None:
        out["pids"] = {"limit": host.pids_limit if host.pids_limit > 0 else -1}
    return out


async def update(container: Container, events: Events, store: Store, machine: Machine, body: Json) -> Json:
    """Change it; the answer of the API. Raises Invalid, Conflict, System."""
    asked = wire.decode(HostConfig, body, path="UpdateConfig")
    warnings = limits.verify(asked, machine, update=True)
    validate.restart_policy(asked.restart_policy)
    failpoint("update.begin")
    async with container.turn("update"):
        before = container.record
        try:
            if before.state.status in ("removing", "dead"):
                raise Conflict('container is marked for removal and cannot be "update"')
            host = merge(before.host, asked)
            if before.running:
                await _apply(container, host)
        except HutchError as error:
            raise from_kind(error.kind, f"Cannot update container {before.id}: {error.message}") from None
        failpoint("update.applied")
        await store.save(_with(container.record, host))
        container.record = _with(container.record, host)  # it may have ended meanwhile
        failpoint("update.recorded")
        events.container(container.record, "update")
    return {"Warnings": warnings or None}


async def _apply(container: Container, host: HostConfig) -> None:
    if container.keeper is None:
        raise Unavailable(f"container {container.id} has no keeper")
    await container.keeper.ask("update", resources=in_force(host))


def _with(record: Record, host: HostConfig) -> Record:
    return replace(record, host=host)
