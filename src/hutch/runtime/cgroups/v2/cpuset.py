"""cpuset (v2): CPUs and memory nodes."""

from __future__ import annotations

from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for ``linux.resources.cpu.cpus`` and ``.mems``."""
    cpu = resources.get("cpu") or {}
    return [Write("cpuset", f"cpuset.{key}", cpu[key]) for key in ("cpus", "mems") if cpu.get(key)]
