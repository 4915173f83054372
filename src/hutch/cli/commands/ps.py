"""``hutch ps``."""

from __future__ import annotations

import sys

from hutch.cli.listing import check, filters, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
all,a bool show stopped containers too
filter,f filter show only containers that match (name=VALUE)
format string print by a Go template (or table, table TEMPLATE, json)
last,n int=-1 show this many of the newest containers, in all states
latest,l bool show the newest container, in any state
no-trunc bool do not shorten anything
quiet,q bool print IDs only
size,s bool show sizes of files
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints a table of containers."""
    del arguments
    from hutch.cli.container import rows

    format_ = flags.text("format")
    if "{{" in format_:
        check(format_, rows.HEADERS, "*formatter.ContainerContext")
    last = 1 if flags.on("latest") else flags.number("last", -1)
    query = {
        "all": flags.on("all") or last > 0,
        "limit": str(last) if last > 0 else None,
        "size": flags.on("size") or _wants_size(format_),
        "filters": filters(flags.list("filter")),
    }
    found = context.client.json("GET", "/containers/json", query)
    fields = rows.fields(truncate=not flags.on("no-trunc"))
    if flags.on("quiet"):
        if format_:
            sys.stderr.write("WARNING: Ignoring custom format, because both --format and --quiet are set.\n")
        if format_ != "raw":
            sys.stdout.write("".join(f"{fields['ID'](data)}\n" for data in found))
            return 0
    raw = rows.RAW.split()[0] if flags.on("quiet") else rows.RAW + (" size=Size" if flags.on("size") else "")
    table = rows.TABLE + ("\t{{.Size}}" if flags.on("size") else "")
    show(found, fields, rows.HEADERS, table, format_, "*formatter.ContainerContext", raw)
    return 0


def _wants_size(format_: str) -> bool:
    """Whether a template shows sizes, which take long to find out."""
    return "{{" in format_ and (".Size" in format_ or "json ." in format_)
