"""io (v2): weights and the four throttles of v1's blkio."""

from __future__ import annotations

from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_THROTTLES = (
    ("throttleReadBpsDevice", "rbps"),
    ("throttleWriteBpsDevice", "wbps"),
    ("throttleReadIOPSDevice", "riops"),
    ("throttleWriteIOPSDevice", "wiops"),
)


def weight(blkio: int) -> int:
    """``io.weight`` (1..10000) for a v1 weight (10..1000)."""
    return 1 + (max(blkio, 10) - 10) * 9999 // 990


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for ``linux.resources.blockIO``; rates in bytes or operations a second.

    BFQ keeps v1's scale of weights; io.weight (the cost model) has its own.
    """
    block = resources.get("blockIO") or {}
    writes = []
    if block.get("weight"):
        value = block["weight"]
        writes.append(Write("io", "io.bfq.weight", value, instead=("io.weight", f"default {weight(value)}")))
    for device in block.get("weightDevice") or []:
        if device.get("weight"):
            number, value = f"{device['major']}:{device['minor']}", device["weight"]
            instead = ("io.weight", f"{number} {weight(value)}")
            writes.append(Write("io", "io.bfq.weight", f"{number} {value}", instead=instead))
    for key, word in _THROTTLES:
        for device in block.get(key) or []:
            writes.append(
                Write("io", "io.max", f"{device['major']}:{device['minor']} {word}={device['rate'] or 'max'}")
            )
    return writes
