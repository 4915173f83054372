"""cpu (v2): weight, bandwidth, burst, idle class."""

from __future__ import annotations

import math

from hutch.model.errors import Unsupported
from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def weight(shares: int) -> int:
    """``cpu.weight`` (1..10000) for v1 shares (2..262144), so that the minimum, the default and the maximum of one
    are those of the other (1024 -> 100): the quadratic map in logarithms that runc and crun have agreed on."""
    if shares <= 2:
        return 1
    if shares >= 262144:
        return 10000
    log = math.log2(shares)
    return math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34))


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for the cpu part of ``linux.resources``. Raises Unsupported for real-time budgets, which v2 has not."""
    cpu = resources.get("cpu") or {}
    if cpu.get("realtimeRuntime") or cpu.get("realtimePeriod"):
        raise Unsupported(
            "cgroup v2 has no real-time CPU budget", hint="leave out --cpu-rt-runtime and --cpu-rt-period"
        )
    writes = []
    if cpu.get("idle") is not None:
        writes.append(Write("cpu", "cpu.idle", cpu["idle"]))
    if cpu.get("shares"):
        writes.append(Write("cpu", "cpu.weight", weight(cpu["shares"])))
    quota, period = cpu.get("quota") or 0, cpu.get("period") or 0
    if quota or period:
        writes.append(Write("cpu", "cpu.max", f"{quota if quota > 0 else 'max'} {period or 100000}"))
    if cpu.get("burst") is not None:
        writes.append(Write("cpu", "cpu.max.burst", cpu["burst"]))
    return writes
