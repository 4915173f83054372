"""``hutch export``."""

from __future__ import annotations

from hutch.cli import output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] CONTAINER"
FLAGS = """\
output,o string file to write instead of standard output
"""
ARGUMENTS: tuple[int, int | None] = (1, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Writes a container's file system as a tar archive."""
    client = context.client
    path = f"/containers/{arguments[0]}/export"
    output.write(flags.text("output"), lambda: client.request("GET", path).pieces(), "failed to export container")
    return 0
