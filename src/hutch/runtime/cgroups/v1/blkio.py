"""blkio (v1): proportional weights (BFQ or the older CFQ names) and throttles per device."""

from __future__ import annotations

from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_THROTTLES = (
    ("throttleReadBpsDevice", "blkio.throttle.read_bps_device"),
    ("throttleWriteBpsDevice", "blkio.throttle.write_bps_device"),
    ("throttleReadIOPSDevice", "blkio.throttle.read_iops_device"),
    ("throttleWriteIOPSDevice", "blkio.throttle.write_iops_device"),
)


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for ``linux.resources.blockIO``; rates in bytes or operations a second."""
    block = resources.get("blockIO") or {}
    writes = []
    if block.get("weight"):
        writes.append(_weight("weight", block["weight"]))
    if block.get("leafWeight"):
        writes.append(Write("blkio", "blkio.leaf_weight", block["leafWeight"]))
    for device in block.get("weightDevice") or []:
        number = f"{device['major']}:{device['minor']}"
        if device.get("weight"):
            writes.append(_weight("weight_device", f"{number} {device['weight']}"))
        if device.get("leafWeight"):
            writes.append(Write("blkio", "blkio.leaf_weight_device", f"{number} {device['leafWeight']}"))
    for key, file in _THROTTLES:
        for device in block.get(key) or []:
            writes.append(Write("blkio", file, f"{device['major']}:{device['minor']} {device['rate']}"))
    return writes


def _weight(name: str, value: int | str) -> Write:
    return Write("blkio", f"blkio.bfq.{name}", value, instead=(f"blkio.{name}", value))
