"""rdma (v1 and v2 have the same file): handles and objects per device."""

from __future__ import annotations

from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for ``linux.resources.rdma``."""
    writes = []
    for device, limits in sorted((resources.get("rdma") or {}).items()):
        parts = [device]
        if limits.get("hcaHandles") is not None:
            parts.append(f"hca_handle={limits['hcaHandles']}")
        if limits.get("hcaObjects") is not None:
            parts.append(f"hca_object={limits['hcaObjects']}")
        if len(parts) > 1:
            writes.append(Write("rdma", "rdma.max", " ".join(parts)))
    return writes
