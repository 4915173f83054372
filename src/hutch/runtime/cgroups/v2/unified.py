"""``linux.resources.unified``: control files of v2 given by name."""

from __future__ import annotations

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plan(resources: dict[str, Any]) -> list[Write]:
    """One write for each line of each value, in the order of the names. Raises Invalid for a name that is a path or a
    core file: those could move or stop processes that are not the container's."""
    writes = []
    for file, value in sorted((resources.get("unified") or {}).items()):
        controller, dot, _ = file.partition(".")
        if "/" in file or not dot or not controller or controller == "cgroup":
            raise Invalid(f"invalid unified resource {file!r}: it must be a control file of a controller")
        writes += [Write(controller, file, line) for line in str(value).splitlines() if line]
    return writes
