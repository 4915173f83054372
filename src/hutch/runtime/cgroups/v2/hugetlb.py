"""hugetlb (v2): huge pages in use and reserved, per page size."""

from __future__ import annotations

from hutch.runtime.cgroups.page_size import checked
from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plan(resources: dict[str, Any]) -> list[Write]:
    """Writes for ``linux.resources.hugepageLimits``; limits in bytes."""
    writes = []
    for entry in resources.get("hugepageLimits") or []:
        size = checked(entry["pageSize"])
        writes.append(Write("hugetlb", f"hugetlb.{size}.max", entry["limit"]))
        writes.append(Write("hugetlb", f"hugetlb.{size}.rsvd.max", entry["limit"], optional=True))
    return writes
