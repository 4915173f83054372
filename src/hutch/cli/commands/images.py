"""``hutch images``."""

from __future__ import annotations

import sys

from hutch.cli.errors import CommandError
from hutch.cli.listing import filters, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] [REPOSITORY[:TAG]]"
FLAGS = """\
all,a bool show intermediate images too
digests bool show digests
filter,f filter show only images that match (name=VALUE)
format string print by a Go template (or table, table TEMPLATE, json)
no-trunc bool do not shorten anything
quiet,q bool print IDs only
tree bool show images with their platforms
"""
ARGUMENTS: tuple[int, int | None] = (0, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints a table of images."""
    from hutch.cli import image_rows

    chosen = filters(flags.list("filter"))
    if arguments:
        chosen.setdefault("reference", {})[arguments[0]] = True
    if flags.on("tree"):
        return _tree(context, flags, chosen)
    found = context.client.json("GET", "/images/json", {"all": flags.on("all"), "filters": chosen})
    format_ = flags.text("format")
    digests = flags.on("digests") or "{{.Digest}}" in format_
    lines = image_rows.lines(found, digests=digests, dangling=bool(chosen.get("dangling")))
    fields = image_rows.fields(truncate=not flags.on("no-trunc"))
    if flags.on("quiet") and format_ in ("", "table", "json"):
        sys.stdout.write("".join(f"{fields['ID'](data)}\n" for data in lines))
        return 0
    raw = image_rows.RAW if flags.on("digests") else image_rows.RAW.replace(" digest=Digest", "")
    raw = "image_id=ID" if flags.on("quiet") else raw
    table = image_rows.DIGEST_TABLE if flags.on("digests") else image_rows.TABLE
    show(lines, fields, image_rows.HEADERS, table, format_, "*formatter.imageContext", raw)
    return 0


def _tree(context: Context, flags: Flags, chosen: Any) -> int:
    from hutch.cli import image_tree

    for name in ("no-trunc", "quiet", "format", "digests"):
        if flags.text(name) if name == "format" else flags.on(name):
            raise CommandError(f"--{name} is not yet supported with --tree")
    if not flags.on("all"):
        chosen.setdefault("dangling", {"false": True})
    query = {"all": flags.on("all"), "manifests": True, "filters": chosen}
    image_tree.show(context.client.json("GET", "/images/json", query))
    return 0
