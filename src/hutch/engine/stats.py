"""``stats``: what a container uses, in the shape of ``GET /containers/{id}/stats``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

from hutch.engine.container import Container
from hutch.model.timestamp import ZERO, rfc3339
from hutch.runtime.cgroups import stats as machine

Json = dict[str, Any]
Reader = Callable[[Container], Json]
_FIELDS = ("rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "tx_bytes", "tx_packets", "tx_errors", "tx_dropped")
_COLUMNS = (0, 1, 2, 3, 8, 9, 10, 11)
_NO_CPU: Json = {
    "cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0},
    "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
}


def interfaces(text: str) -> dict[str, dict[str, int]]:
    """The counters of /proc/PID/net/dev (proc(5)) by interface, the loopback left out."""
    out = {}
    for line in text.splitlines()[2:]:
        name, _, rest = line.partition(":")
        numbers = rest.split()
        if name.strip() != "lo" and len(numbers) >= 16:
            out[name.strip()] = {field: int(numbers[c]) for field, c in zip(_FIELDS, _COLUMNS, strict=True)}
    return out


def empty(container: Container) -> Json:
    """The object for a container that does not run."""
    return {
        "id": container.id,
        "name": f"/{container.record.name}",
        "os_type": "linux",
        "read": ZERO,
        "preread": ZERO,
        "pids_stats": {},
        "cpu_stats": _NO_CPU,
        "precpu_stats": _NO_CPU,
        "memory_stats": {},
        "blkio_stats": {},
        "storage_stats": {},
        "num_procs": 0,
    }


def sample(container: Container, read: Reader, before: Json | None) -> Json:
    """One object; ``before`` is the one that came before."""
    if not container.record.running:
        return empty(container)
    out = {**empty(container), **read(container), "read": rfc3339(time.time_ns())}
    system, online = machine.machine_cpu()
    out["cpu_stats"] = {**out["cpu_stats"], "system_cpu_usage": system, "online_cpus": online}
    if out["memory_stats"]:
        out["memory_stats"].setdefault("limit", machine.machine_memory())
        out["memory_stats"]["limit"] = min(out["memory_stats"]["limit"], machine.machine_memory())
    if before is not None:
        out["precpu_stats"], out["preread"] = before["cpu_stats"], before["read"]
    if container.record.network_mode not in ("host", "none"):
        out["networks"] = _networks(container.record.state.pid)
    return out


def _networks(pid: int) -> dict[str, dict[str, int]]:
    try:
        with open(f"/proc/{pid}/net/dev", encoding="ascii", errors="replace") as file:
            return interfaces(file.read(1 << 20))
    except OSError:
        return {}


async def stats(container: Container, read: Reader, *, stream: bool, one_shot: bool) -> AsyncGenerator[Json, None]:
    """Objects, one a second while the container is there; or one, of two samples unless ``one_shot``."""
    before: Json | None = None
    if not stream:
        if not one_shot and container.record.running:
            before = sample(container, read, None)
            await asyncio.sleep(1)
        yield sample(container, read, before)
        return
    while container.record.state.status not in ("removing", "dead"):
        now = sample(container, read, before)
        yield now
        before = now if container.record.running else None
        await asyncio.sleep(1)
