"""The facts of this machine that the spec builder needs (``spec/machine.py``), read once at the daemon's start."""

from __future__ import annotations

import os

from hutch.engine.apparmor import load_default
from hutch.engine.version import architecture
from hutch.runtime.cgroups.abilities import abilities
from hutch.runtime.cgroups.layout import detect
from hutch.spec import capabilities, cpuset
from hutch.spec.machine import Machine


def machine() -> Machine:
    """This machine, with the default AppArmor profile loaded. Raises OSError when /proc or /sys cannot be read."""
    layout, apparmor = detect(), _apparmor()
    return Machine(
        arch=architecture(),
        kernel=kernel(os.uname().release),
        capabilities=_bounding(),
        cpus=_online("/sys/devices/system/cpu/online") or frozenset(os.sched_getaffinity(0)),
        memory_nodes=_online("/sys/devices/system/node/online") or frozenset({0}),
        possible_cpus=len(_online("/sys/devices/system/cpu/possible")) or (os.cpu_count() or 1),
        cgroup_version=1 if layout.v1 else 2,
        abilities=abilities(layout),
        apparmor=apparmor,
        apparmor_default=apparmor and load_default(),
        read_only_recursive=kernel(os.uname().release) >= (5, 12),
    )


def kernel(release: str) -> tuple[int, int]:
    """(6, 1) of ``6.1.0-18-amd64``."""
    parts = release.replace("-", ".").split(".")
    return int(parts[0]), int(parts[1])


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
