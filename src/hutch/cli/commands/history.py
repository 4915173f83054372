"""``hutch history``."""

from __future__ import annotations

import sys

from hutch.cli import platforms
from hutch.cli.listing import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] IMAGE"
FLAGS = """\
format string print by a Go template (or table, table TEMPLATE, json)
human,H bool=true sizes and times for people
no-trunc bool do not shorten anything
platform string show an image for this platform
quiet,q bool print IDs only
"""
ARGUMENTS: tuple[int, int | None] = (1, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints how an image was made."""
    from hutch.cli import history_rows

    found = context.client.json("GET", f"/images/{arguments[0]}/history", platforms.query(flags))
    fields = history_rows.fields(truncate=not flags.on("no-trunc"), human=flags.on("human"))
    if flags.on("quiet"):
        sys.stdout.write("".join(f"{fields['ID'](data)}\n" for data in found))
        return 0
    show(found, fields, history_rows.HEADERS, history_rows.TABLE, flags.text("format"), "*image.historyContext")
    return 0
