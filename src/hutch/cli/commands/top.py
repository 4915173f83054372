"""``hutch top``."""

from __future__ import annotations

import sys

from hutch.cli.listing import columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "CONTAINER [ps OPTIONS]"
FLAGS = ""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = False


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints the processes of a container."""
    del flags
    answer = context.client.json("GET", f"/containers/{arguments[0]}/top", {"ps_args": " ".join(arguments[1:])})
    rows = [answer["Titles"], *answer["Processes"]]
    sys.stdout.write(columns(["\t".join(row) for row in rows], 20, 3))
    return 0
