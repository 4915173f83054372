"""``hutch container inspect``."""

from __future__ import annotations

from hutch.cli.inspection import inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] CONTAINER [CONTAINER...]"
FLAGS = """\
format,f string print by a Go template (or json)
size,s bool show sizes of files
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints everything known about each object."""
    return inspect(context.client, arguments, "container", flags.text("format"), size=flags.on("size"))
