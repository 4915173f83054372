"""``hutch diff``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "CONTAINER"
FLAGS = ""
ARGUMENTS: tuple[int, int | None] = (1, 1)
INTERSPERSED = True
_KINDS = "CAD"


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints what a container changed, added and deleted."""
    del flags
    for row in context.client.json("GET", f"/containers/{arguments[0]}/changes") or []:
        print(_KINDS[row["Kind"]], row["Path"])
    return 0
