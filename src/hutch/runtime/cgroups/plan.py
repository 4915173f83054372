"""Which control files a config's resources set: pure."""

from __future__ import annotations

from hutch.model.errors import Unsupported
from hutch.runtime.cgroups.layout import Layout
from hutch.runtime.cgroups.v1 import blkio, devices, net
from hutch.runtime.cgroups.v1 import cpu as cpu1
from hutch.runtime.cgroups.v1 import cpuset as cpuset1
from hutch.runtime.cgroups.v1 import hugetlb as hugetlb1
from hutch.runtime.cgroups.v1 import memory as memory1
from hutch.runtime.cgroups.v1 import pids as pids1
from hutch.runtime.cgroups.v1 import rdma as rdma1
from hutch.runtime.cgroups.v2 import cpu as cpu2
from hutch.runtime.cgroups.v2 import cpuset as cpuset2
from hutch.runtime.cgroups.v2 import hugetlb as hugetlb2
from hutch.runtime.cgroups.v2 import io, unified
from hutch.runtime.cgroups.v2 import memory as memory2
from hutch.runtime.cgroups.v2 import pids as pids2
from hutch.runtime.cgroups.v2 import rdma as rdma2
from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PAIRS = (
    ("cpuset", cpuset1.plan, cpuset2.plan),
    ("cpu", cpu1.plan, cpu2.plan),
    ("memory", memory1.plan, memory2.plan),
    ("pids", pids1.plan, pids2.plan),
    ("hugetlb", hugetlb1.plan, hugetlb2.plan),
    ("rdma", rdma1.plan, rdma2.plan),
)


def plan(resources: dict[str, Any], layout: Layout) -> list[Write]:
    """Every write that puts ``linux.resources`` in force on a machine with this layout, in order.

    Device rules on v2 are a program, not a write: see ``v2/devices.py``. Raises Invalid for values no kernel takes,
    Unsupported for resources that the layout cannot have.
    """
    writes: list[Write] = []
    for controller, plan1, plan2 in _PAIRS:
        writes += plan2(resources) if layout.version_of(controller) == 2 else plan1(resources)
    writes += blkio.plan(resources) if layout.version_of("blkio") == 1 else io.plan(resources)
    if layout.version_of("devices") != 2:
        writes += devices.plan(resources)
    writes += net.plan(resources)
    if resources.get("unified"):
        if layout.v1:
            raise Unsupported("unified resources need cgroup v2 alone", hint="this machine has v1 controllers")
        writes += unified.plan(resources)
    return writes
