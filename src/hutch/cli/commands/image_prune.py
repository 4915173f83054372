"""``hutch image prune``."""

from __future__ import annotations

from hutch.cli.listing import filters
from hutch.cli.pruning import prune

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
all,a bool remove every unused image, not only untagged ones
filter filter remove only what matches (name=VALUE)
force,f bool do not ask
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Removes unused images."""
    del arguments
    chosen = filters(flags.list("filter"))
    chosen["dangling"] = {"false" if flags.on("all") else "true": True}
    what = "images without at least one container associated to them" if flags.on("all") else "dangling images"
    return prune(context, flags, "image", chosen, f"all {what}")
