"""Which limits this machine's cgroups can set: what ``info`` reports and what warnings are about."""

from __future__ import annotations

import os

from hutch.runtime.cgroups.layout import Hierarchy, Layout
from hutch.runtime.cgroups.write import read_or

# Ability (the words of spec/machine.py), controller, file in a cgroup below the root.
_V1 = (
    ("memory", "memory", "memory.limit_in_bytes"),
    ("swap", "memory", "memory.memsw.limit_in_bytes"),
    ("memory-reservation", "memory", "memory.soft_limit_in_bytes"),
    ("oom-kill-disable", "memory", "memory.oom_control"),
    ("swappiness", "memory", "memory.swappiness"),
    ("kernel-memory-tcp", "memory", "memory.kmem.tcp.limit_in_bytes"),
    ("cpu-shares", "cpu", "cpu.shares"),
    ("cpu-cfs", "cpu", "cpu.cfs_quota_us"),
    ("cpu-rt", "cpu", "cpu.rt_runtime_us"),
    ("cpuset", "cpuset", "cpuset.cpus"),
    ("blkio-weight", "blkio", "blkio.weight"),
    ("blkio-weight", "blkio", "blkio.bfq.weight"),
    ("blkio-weight-device", "blkio", "blkio.weight_device"),
    ("blkio-weight-device", "blkio", "blkio.bfq.weight_device"),
    ("blkio-throttle", "blkio", "blkio.throttle.read_bps_device"),
)
_V2 = {
    "memory": ("memory", "memory-reservation"),
    "cpu": ("cpu-shares", "cpu-cfs"),
    "cpuset": ("cpuset",),
    "io": ("blkio-throttle",),
    "pids": ("pids",),
}


def abilities(layout: Layout) -> frozenset[str]:
    """What can be limited, in the words of ``spec/machine.py``. Reads names of control files only."""
    found: set[str] = set()
    for hierarchy in layout.v1:
        found |= _of_v1(hierarchy)
    if layout.v2 is not None:
        found |= _of_v2(layout.v2)
    return frozenset(found)


def _of_v1(hierarchy: Hierarchy) -> set[str]:
    found = {
        ability
        for ability, controller, file in _V1
        if controller in hierarchy.names and os.path.exists(f"{hierarchy.mount}/{file}")
    }
    # The root of the pids hierarchy has no limit of its own, only cgroups below it have.
    return found | {"pids"} if "pids" in hierarchy.names else found


def _of_v2(hierarchy: Hierarchy) -> set[str]:
    found = {ability for controller in hierarchy.names for ability in _V2.get(controller, ())}
    # The root cgroup has no memory.swap.max or io.weight: look into any cgroup below it that has the controller.
    for folder in _children(hierarchy.mount):
        names = read_or(f"{folder}/cgroup.controllers", "").split()
        if "memory" in names and os.path.exists(f"{folder}/memory.swap.max"):
            found.add("swap")
        if "io" in names and any(os.path.exists(f"{folder}/{f}") for f in ("io.weight", "io.bfq.weight")):
            found |= {"blkio-weight", "blkio-weight-device"}
    if "memory" in hierarchy.names and os.path.exists("/proc/swaps"):
        found.add("swap")
    return found


def _children(mount: str) -> list[str]:
    try:
        with os.scandir(mount) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
