"""``hutch container prune``."""

from __future__ import annotations

from hutch.cli.listing import filters
from hutch.cli.pruning import prune

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
filter filter remove only what matches (name=VALUE)
force,f bool do not ask
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Removes unused containers."""
    del arguments
    return prune(context, flags, "container", filters(flags.list("filter")), "all stopped containers")
