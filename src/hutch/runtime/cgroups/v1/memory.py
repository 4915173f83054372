"""memory (v1): limit, soft limit, memory+swap, TCP buffers, swappiness, OOM killer."""

from __future__ import annotations

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for ``linux.resources.memory``; sizes in bytes, -1 = unlimited. Raises Invalid for a wrong swappiness."""
    memory = resources.get("memory") or {}
    limit, swap = memory.get("limit"), memory.get("swap")
    if limit == -1 and swap is None:
        swap = -1  # the kernel refuses memory+swap below memory
    writes = []
    first, second = ("limit", limit), ("swap", swap)
    if swap == -1:
        first, second = second, first
    files = {"limit": "memory.limit_in_bytes", "swap": "memory.memsw.limit_in_bytes"}
    for name, value in (first, second):
        if value:
            # With limit and swap lifted together a kernel without swap accounting needs no second write.
            optional = name == "swap" and value == -1
            writes.append(Write("memory", files[name], value, optional=optional))
    for key, file in (("reservation", "memory.soft_limit_in_bytes"), ("kernelTCP", "memory.kmem.tcp.limit_in_bytes")):
        if memory.get(key):
            writes.append(Write("memory", file, memory[key]))
    if memory.get("useHierarchy"):
        writes.append(Write("memory", "memory.use_hierarchy", 1, optional=True))
    if memory.get("disableOOMKiller"):
        writes.append(Write("memory", "memory.oom_control", 1))
    swappiness = memory.get("swappiness")
    if swappiness is not None and swappiness != -1:
        if not 0 <= swappiness <= 100:
            raise Invalid(f"invalid value: {swappiness}, valid memory swappiness range is 0-100")
        writes.append(Write("memory", "memory.swappiness", swappiness))
    return writes
