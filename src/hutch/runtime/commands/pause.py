"""``pause``: freeze all processes of a container."""

from __future__ import annotations

from hutch.model.errors import Conflict
from hutch.runtime import state
from hutch.runtime.arguments import Options, Parsed

OPTIONS = Options()


def run(root: str, parsed: Parsed) -> int:
    """Freeze it."""
    container = state.load(root, parsed.the_id())
    if container.status() not in ("running", "created"):
        raise Conflict("container not running")
    container.cgroup().freeze()
    return 0
