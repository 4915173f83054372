"""What the parent of a sandbox does to the kernel, described: cgroup, clone, id maps, limits.

``stages/parent.py`` carries it out; the steps of the child, which ``plan.build`` lists, come between and after.
"""

from __future__ import annotations

from hutch.runtime.cgroups.layout import Layout
from hutch.runtime.cgroups.plan import plan
from hutch.runtime.shape import Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Line = tuple[str, str, str]

_LATE = ("cgroup", "time")
_FLAGS = {
    "user": "CLONE_NEWUSER", "mount": "CLONE_NEWNS", "pid": "CLONE_NEWPID", "network": "CLONE_NEWNET",
    "ipc": "CLONE_NEWIPC", "uts": "CLONE_NEWUTS",
}  # fmt: skip


def describe(config: dict[str, Any], shape: Shape, layout: Layout) -> list[Line]:
    """(stage, text, reference) of every step before the child's first, in order. Pure.

    Raises Invalid or Unsupported for limits that no kernel or not this layout takes.
    """
    lines: list[Line] = []
    if shape.cgroup:
        lines.append(("cgroup", f"make the cgroup {shape.cgroup} ({layout.kind})", "cgroups(7), mkdir(2)"))
    flags = [_FLAGS[kind] for kind in shape.new if kind not in _LATE]
    if shape.cgroup and layout.v2 is not None and not layout.v1:
        flags.append("CLONE_INTO_CGROUP")
    lines.append(("clone", f"clone the init process: {' | '.join(flags) or 'no new namespace'}", "clone3(2)"))
    if shape.cgroup and layout.v1:
        lines.append(("cgroup", f"init enters {shape.cgroup} in every hierarchy", "cgroups(7), cgroup.procs"))
    for name, maps in (("uid_map", shape.uid_map), ("gid_map", shape.gid_map)):
        lines += [
            ("id maps", f"{name}: {size} ids from {inside} are {outside} on the host", "user_namespaces(7)")
            for inside, outside, size in maps
        ]
    return lines + _limits(config, layout)


def _limits(config: dict[str, Any], layout: Layout) -> list[Line]:
    resources = (config.get("linux") or {}).get("resources") or {}
    lines: list[Line] = []
    for write in plan(resources, layout):
        file, value = write.describe()
        lines.append(("limits", f"{file} = {value}", "cgroups(7), kernel admin-guide/cgroup-v1, cgroup-v2"))
    if resources.get("devices") and layout.version_of("devices") == 2:
        count = len(resources["devices"])
        lines.append(
            ("limits", f"load and attach a device filter of {count} rules", "bpf(2) BPF_PROG_TYPE_CGROUP_DEVICE")
        )
    return lines
