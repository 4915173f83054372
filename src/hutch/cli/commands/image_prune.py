"""``hutch image prune``."""

from __future__ import annotations

from hutch.cli.listing import filters
from hutch.cli.pruning import confirm, report

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
    if not flags.on("force") and not confirm(f"This will remove all {what}."):
        return 1
    report(context.client.json("POST", "/images/prune", {"filters": chosen}), "image")
    return 0
