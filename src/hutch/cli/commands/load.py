"""``hutch load``."""

from __future__ import annotations

import os

from hutch.cli import platforms
from hutch.cli.archive import archive
from hutch.cli.errors import CommandError
from hutch.cli.progress import show_progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
input,i string file to read instead of standard input
platform string load only images for this platform
quiet,q bool no progress
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Loads images from a tar archive."""
    del arguments
    path = flags.text("input")
    if not path and os.isatty(0):
        raise CommandError("requested load from stdin, but stdin is empty")
    with archive(path or "-") as pieces:
        quiet = flags.on("quiet") or not os.isatty(1)
        answer = context.client.upload("/images/load", {"quiet": quiet, **platforms.query(flags)}, pieces)
    show_progress(answer, quiet=quiet)
    return 0
