"""``hutch search``."""

from __future__ import annotations

from hutch.cli.listing import filters, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] TERM"
FLAGS = """\
filter,f filter show only repositories that match (is-official=BOOL, stars=NUMBER)
format string print by a Go template (or table, table TEMPLATE, json)
limit int most results to show
no-trunc bool do not shorten anything
"""
ARGUMENTS: tuple[int, int | None] = (1, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints a table of repositories; the term may begin with a registry."""
    from hutch.cli import search_rows
    from hutch.cli.credentials import Keyring
    from hutch.model import json_text

    term = arguments[0]
    query = {"term": term, "limit": flags.number("limit"), "filters": filters(flags.list("filter"))}
    credentials = Keyring(context.client.settings).header(term if "/" in term else f"docker.io/{term}")
    answer = context.client.request("GET", "/images/search", query, None, (credentials,))
    found = json_text.decode(answer.read().decode("utf-8", "replace")) or []
    fields = search_rows.fields(truncate=not flags.on("no-trunc"))
    show(found, fields, search_rows.HEADERS, search_rows.TABLE, flags.text("format"), "*formatter.searchContext")
    return 0
