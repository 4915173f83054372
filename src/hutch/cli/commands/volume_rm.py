"""``hutch volume rm``."""

from __future__ import annotations

from hutch.cli.each import each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] VOLUME [VOLUME...]"
FLAGS = """\
force,f bool no error if a volume does not exist
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Removes each volume."""
    client = context.client
    query = {"force": flags.on("force")}
    return each(arguments, lambda name: client.request("DELETE", f"/volumes/{name}", query).read())
