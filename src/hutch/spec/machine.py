"""What the spec builder must know of the machine, handed in as a value: this room does no I/O."""

from __future__ import annotations

import msgspec

from hutch.spec.capabilities import NAMES

ABILITIES = frozenset(
    {
        "memory",
        "swap",
        "swappiness",
        "memory-reservation",
        "oom-kill-disable",
        "pids",
        "cpu-shares",
        "cpu-cfs",
        "cpu-rt",
    }
    | {"cpuset", "blkio-weight", "blkio-weight-device", "blkio-throttle"}
)
"""Everything a kernel's cgroups may be able to limit."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the machine.

    ``arch`` as Go spells it (amd64, arm64); ``capabilities`` what this daemon's bounding set holds; ``cpus`` and
    ``memory_nodes`` those online, ``possible_cpus`` the number of cpuN folders there may be; ``abilities`` of
    :data:`ABILITIES`; ``apparmor`` whether the kernel has it on, ``apparmor_default`` whether the profile
    docker-default is loaded; ``read_only_recursive`` whether mount_setattr(2) can make binds read-only with all below.
    """

    arch: str = "amd64"
    kernel: tuple[int, int] = (6, 1)
    capabilities: frozenset[str] = frozenset(NAMES)
    cpus: frozenset[int] = frozenset({0})
    memory_nodes: frozenset[int] = frozenset({0})
    possible_cpus: int = 1
    cgroup_version: int = 2
    abilities: frozenset[str] = ABILITIES
    apparmor: bool = False
    apparmor_default: bool = False
    time_namespaces: bool = False
    read_only_recursive: bool = True
