"""``resume``: let a paused container go on."""

from __future__ import annotations

from hutch.model.errors import Conflict
from hutch.runtime import state
from hutch.runtime.arguments import Options, Parsed

OPTIONS = Options()


def run(root: str, parsed: Parsed) -> int:
    """Thaw it."""
    container = state.load(root, parsed.the_id())
    if container.status() != "paused":
        raise Conflict("container not paused")
    container.cgroup().thaw()
    return 0
