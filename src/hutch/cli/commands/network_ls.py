"""``hutch network ls``."""

from __future__ import annotations

import sys

from hutch.cli.listing import filters, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
no-trunc bool do not shorten anything
filter,f filter show only networks that match (name=VALUE)
format string print by a Go template (or table, table TEMPLATE, json)
quiet,q bool print IDs only
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints a table of networks."""
    del arguments
    from hutch.cli import network_rows

    found = sorted(
        context.client.json("GET", "/networks", {"filters": filters(flags.list("filter"))}),
        key=lambda data: str(data["Name"]),
    )
    fields = network_rows.fields(truncate=not flags.on("no-trunc"))
    format_ = flags.text("format")
    if flags.on("quiet") and format_ in ("", "table", "json"):
        sys.stdout.write("".join(f"{fields['ID'](data)}\n" for data in found))
        return 0
    show(found, fields, network_rows.HEADERS, network_rows.TABLE, format_, "*network.networkContext", network_rows.RAW)
    return 0
