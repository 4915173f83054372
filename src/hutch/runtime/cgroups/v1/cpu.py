"""cpu (v1): shares, CFS quota, period and burst, real-time budget, idle class."""

from __future__ import annotations

from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FILES = (
    ("shares", "cpu.shares"),
    ("realtimePeriod", "cpu.rt_period_us"),
    ("realtimeRuntime", "cpu.rt_runtime_us"),
    ("period", "cpu.cfs_period_us"),
    ("quota", "cpu.cfs_quota_us"),
)


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for the cpu part of ``linux.resources``; times in microseconds, quota -1 = unlimited."""
    cpu = resources.get("cpu") or {}
    writes = [Write("cpu", file, cpu[key]) for key, file in _FILES if cpu.get(key)]
    if cpu.get("burst") is not None:
        writes.append(Write("cpu", "cpu.cfs_burst_us", cpu["burst"]))
    if cpu.get("idle") is not None:
        writes.append(Write("cpu", "cpu.idle", cpu["idle"]))
    return writes
