"""``hutch volume prune``."""

from __future__ import annotations

from hutch.cli.errors import CommandError
from hutch.cli.listing import filters
from hutch.cli.pruning import prune

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
all,a bool remove unused volumes with a name too
filter filter remove only what matches (name=VALUE)
force,f bool do not ask
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Removes unused volumes."""
    del arguments
    chosen = filters(flags.list("filter"))
    if flags.on("all"):
        if "all" in chosen:
            raise CommandError("conflicting options: cannot specify both --all and --filter all=1")
        chosen["all"] = {"true": True}
    which = "all" if "all" in chosen else "anonymous"
    return prune(context, flags, "volume", chosen, f"{which} local volumes not used by at least one container")
