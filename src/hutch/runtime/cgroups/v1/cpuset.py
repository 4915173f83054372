"""cpuset (v1): CPUs and memory nodes. A new v1 cpuset is empty and takes no process until both are set."""

from __future__ import annotations

from hutch.runtime.cgroups.write import Write, put, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for ``linux.resources.cpu.cpus`` and ``.mems``."""
    cpu = resources.get("cpu") or {}
    return [Write("cpuset", f"cpuset.{key}", cpu[key]) for key in ("cpus", "mems") if cpu.get(key)]


def inherit(mount: str, path: str) -> None:
    """Copy cpus and mems from the parent into every empty cpuset from ``mount`` down to ``mount + path``.

    A write of cpus makes the kernel arrange its scheduling domains anew. So an empty cpuset above the last gets the
    flag by which those that are made in it have its values from the beginning (``cgroup.clone_children``).
    """
    folder = mount
    names = path.strip("/").split("/")
    for depth, name in enumerate(names, 1):
        parent, folder = folder, f"{folder}/{name}"
        for file in ("cpuset.cpus", "cpuset.mems"):
            if not read(f"{folder}/{file}").strip():
                put(f"{folder}/{file}", read(f"{parent}/{file}").strip())
                if depth < len(names):
                    put(f"{folder}/cgroup.clone_children", "1")
