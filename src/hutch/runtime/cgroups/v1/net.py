"""net_cls and net_prio (v1 only): a class for packets, priorities per interface."""

from __future__ import annotations

from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for ``linux.resources.network``."""
    network = resources.get("network") or {}
    writes = []
    if network.get("classID"):
        writes.append(Write("net_cls", "net_cls.classid", network["classID"]))
    for entry in network.get("priorities") or []:
        writes.append(Write("net_prio", "net_prio.ifpriomap", f"{entry['name']} {entry['priority']}"))
    return writes
