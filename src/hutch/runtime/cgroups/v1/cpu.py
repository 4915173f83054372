"""cpu (v1): shares, CFS quota, period and burst, real-time budget, idle class."""

from __future__ import annotations

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LEAST_SHARES, _MOST_SHARES = 2, 262144  # beyond them the kernel takes the nearest and says nothing
_FILES = (
    ("shares", "cpu.shares"),
    ("realtimePeriod", "cpu.rt_period_us"),
    ("realtimeRuntime", "cpu.rt_runtime_us"),
    ("period", "cpu.cfs_period_us"),
    ("quota", "cpu.cfs_quota_us"),
)


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for the cpu part of ``linux.resources``; times in microseconds, quota -1 = unlimited. Raises Invalid."""
    cpu = resources.get("cpu") or {}
    shares = cpu.get("shares") or 0
    if 0 < shares < _LEAST_SHARES:
        raise Invalid(f"the minimum allowed cpu-shares is {_LEAST_SHARES}")
    if shares > _MOST_SHARES:
        raise Invalid(f"the maximum allowed cpu-shares is {_MOST_SHARES}")
    writes = [Write("cpu", file, cpu[key]) for key, file in _FILES if cpu.get(key)]
    if cpu.get("burst") is not None:
        writes.append(Write("cpu", "cpu.cfs_burst_us", cpu["burst"]))
    if cpu.get("idle") is not None:
        writes.append(Write("cpu", "cpu.idle", cpu["idle"]))
    return writes
