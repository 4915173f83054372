"""``hutch network prune``."""

from __future__ import annotations

from hutch.cli.listing import filters
from hutch.cli.pruning import confirm, report

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
    """Removes unused networks."""
    del arguments
    chosen = filters(flags.list("filter"))
    if not flags.on("force") and not confirm(
        "This will remove all custom networks not used by at least one container."
    ):
        return 1
    report(context.client.json("POST", "/networks/prune", {"filters": chosen}), "network")
    return 0
