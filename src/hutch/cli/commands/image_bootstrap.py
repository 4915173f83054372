"""``hutch image bootstrap``."""

from __future__ import annotations

from hutch.cli.progress import show_progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] NAME[:SUITE]"
FLAGS = """\
include list further package to install
mirror string where packages come from (default: as this machine)
variant string=minbase set of packages (minbase, apt, essential, important, standard)
"""
ARGUMENTS: tuple[int, int | None] = (1, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Makes a base image, showing progress."""
    wanted = {
        "name": arguments[0],
        "variant": flags.text("variant"),
        "include": [package for word in flags.list("include") for package in word.split(",")],
        "mirror": flags.text("mirror"),
    }
    show_progress(context.client.request("POST", "/hutch/bootstrap", body=wanted))
    return 0
