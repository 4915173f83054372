"""pids (v1 and v2 have the same file): how many processes and threads."""

from __future__ import annotations

from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plan(resources: dict[str, Any]) -> list[Write]:
    """The write for ``linux.resources.pids.limit``; 0 and below mean no limit, as Docker and runc have it."""
    limit = (resources.get("pids") or {}).get("limit")
    if limit is None:
        return []
    return [Write("pids", "pids.max", limit if limit > 0 else "max")]
