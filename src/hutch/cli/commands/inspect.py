"""``hutch inspect``."""

from __future__ import annotations

from hutch.cli.errors import CommandError
from hutch.cli.inspection import KINDS, inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] NAME|ID [NAME|ID...]"
FLAGS = """\
format,f string print by a Go template (or json)
size,s bool show sizes of files
type string kind of object (container, image, network, volume)
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints everything known about each object."""
    kind = flags.text("type")
    if "type" in flags and kind not in KINDS:
        raise CommandError(
            f'"{kind}" is not a valid value for --type'
            if kind
            else 'type is empty: must be one of "container", "image", "network", "volume"'
        )
    return inspect(context.client, arguments, kind, flags.text("format"), size=flags.on("size"))
