"""``hutch volume ls``."""

from __future__ import annotations

import sys

from hutch.cli.listing import filters, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
cluster !bool no cluster volumes
filter,f filter show only volumes that match (name=VALUE)
format string print by a Go template (or table, table TEMPLATE, json)
quiet,q bool print names only
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints a table of volumes."""
    del arguments
    from hutch.cli import volume_rows

    found = sorted(
        context.client.json("GET", "/volumes", {"filters": filters(flags.list("filter"))})["Volumes"] or [],
        key=lambda data: str(data["Name"]),
    )
    fields = volume_rows.fields()
    format_ = flags.text("format")
    if flags.on("quiet") and format_ in ("", "table", "json"):
        sys.stdout.write("".join(f"{fields['Name'](data)}\n" for data in found))
        return 0
    show(found, fields, volume_rows.HEADERS, volume_rows.TABLE, format_, "*formatter.volumeContext", volume_rows.RAW)
    return 0
