"""memory (v2): limit, protection, swap. v1's swappiness, TCP and OOM-killer knobs do not exist and are void."""

from __future__ import annotations

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for ``linux.resources.memory``; the config's swap is memory plus swap, v2's is swap alone.

    Raises Invalid when swap is set without memory, or less than it.
    """
    memory = resources.get("memory") or {}
    limit, swap = memory.get("limit") or 0, memory.get("swap") or 0
    writes = []
    if swap or limit == -1:
        # Lifting all memory limits lifts the swap limit too; without swap in the kernel there is nothing to lift.
        value = _swap(limit, swap)
        writes.append(Write("memory", "memory.swap.max", value, optional=value in ("max", "0")))
    if limit:
        writes.append(Write("memory", "memory.max", _size(limit)))
    if memory.get("reservation"):
        writes.append(Write("memory", "memory.low", _size(memory["reservation"])))
    return writes


def _size(value: int) -> str:
    return "max" if value < 0 else str(value)


def _swap(limit: int, swap: int) -> str:
    if swap < 0 or limit < 0:
        return "max"
    if not limit:
        raise Invalid("unable to set swap limit without memory limit")
    if swap < limit:
        raise Invalid("memory+swap limit should be >= memory limit")
    return str(swap - limit)
