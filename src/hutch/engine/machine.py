"""The facts of this machine that the spec builder needs (``spec/machine.py``), read once at the daemon's start."""

from __future__ import annotations

import os

from hutch.engine.version import architecture
from hutch.runtime.cgroups.layout import Layout, detect
from hutch.spec import capabilities, cpuset
from hutch.spec.machine import Machine

_FILES = {
    "memory": (("memory", "memory.limit_in_bytes"), ("memory", "memory.max")),
    "swap": (("memory", "memory.memsw.limit_in_bytes"), ("memory", "memory.swap.max")),
    "swappiness": (("memory", "memory.swappiness"), None),
    "memory-reservation": (("memory", "memory.soft_limit_in_bytes"), ("memory", "memory.low")),
    "oom-kill-disable": (("memory", "memory.oom_control"), None),
    "pids": (("pids", ""), ("pids", "")),
    "cpu-shares": (("cpu", "cpu.shares"), ("cpu", "cpu.weight")),
    "cpu-cfs": (("cpu", "cpu.cfs_quota_us"), ("cpu", "cpu.max")),
    "cpu-rt": (("cpu", "cpu.rt_runtime_us"), None),
    "cpuset": (("cpuset", ""), ("cpuset", "")),
    "blkio-weight": (("blkio", "blkio.weight"), ("io", "")),
    "blkio-weight-device": (("blkio", "blkio.weight_device"), ("io", "")),
    "blkio-throttle": (("blkio", "blkio.throttle.read_bps_device"), ("io", "")),
}
"""Ability -> (v1, v2), each the controller and the file that only a kernel with it has ("": any).

In v2 the limits' files are missing in the root cgroup, so there the controller alone decides."""


def machine() -> Machine:
    """This machine. Raises OSError when /proc or /sys cannot be read."""
    layout = detect()
    return Machine(
        arch=architecture(),
        kernel=kernel(os.uname().release),
        capabilities=_bounding(),
        cpus=_online("/sys/devices/system/cpu/online") or frozenset(os.sched_getaffinity(0)),
        memory_nodes=_online("/sys/devices/system/node/online") or frozenset({0}),
        possible_cpus=len(_online("/sys/devices/system/cpu/possible")) or (os.cpu_count() or 1),
        cgroup_version=1 if layout.v1 else 2,
        abilities=abilities(layout),
        apparmor=_apparmor(),
        read_only_recursive=kernel(os.uname().release) >= (5, 12),
    )


def kernel(release: str) -> tuple[int, int]:
    """(6, 1) of ``6.1.0-18-amd64``."""
    parts = release.replace("-", ".").split(".")
    return int(parts[0]), int(parts[1])


def abilities(layout: Layout) -> frozenset[str]:
    """What the mounted cgroup hierarchies can limit."""
    return frozenset(name for name, (one, two) in _FILES.items() if _can(layout, one, two))


def _can(layout: Layout, one: tuple[str, str] | None, two: tuple[str, str] | None) -> bool:
    for hierarchy in layout.v1:
        if one is not None and one[0] in hierarchy.names:
            return not one[1] or os.path.exists(f"{hierarchy.mount}/{one[1]}")
    return layout.v2 is not None and two is not None and two[0] in layout.v2.names


def _online(path: str) -> frozenset[int]:
    try:
        with open(path, encoding="ascii") as file:
            return cpuset.parse(file.read(4096).strip(), "cpus")
    except OSError:
        return frozenset()


def _bounding() -> frozenset[str]:
    """The capabilities that this process may give: its bounding set (capabilities(7))."""
    with open("/proc/self/status", encoding="ascii") as file:
        text = next(line for line in file if line.startswith("CapBnd:"))
    mask = int(text.split()[1], 16)
    return frozenset(name for number, name in enumerate(capabilities.NAMES) if mask >> number & 1)


def _apparmor() -> bool:
    try:
        with open("/sys/module/apparmor/parameters/enabled", encoding="ascii") as file:
            return file.read(1) == "Y"
    except OSError:
        return False
