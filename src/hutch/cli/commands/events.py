"""``hutch events``."""

from __future__ import annotations

import sys

from hutch.cli.listing import filters, template, unescape
from hutch.cli.moments import event_text, since_text
from hutch.model import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
filter,f filter show only events that match (name=VALUE)
format string print by a Go template (or json)
since string show events since this time too
until string stop at this time
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints events as they happen."""
    del arguments
    query = {
        "since": since_text(flags.text("since")),
        "until": since_text(flags.text("until")),
        "filters": filters(flags.list("filter")),
    }
    format_ = flags.text("format")
    body = template(unescape(format_)) if format_ not in ("", "json") else None
    for event in context.client.stream("GET", "/events", query):
        if body is not None:
            line = body.render(event)
        else:
            line = json_text.encode(event) if format_ == "json" else _line(event)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


def _line(event: Any) -> str:
    """``TIME TYPE ACTION ID (KEY=VALUE, ...)``"""
    actor = event.get("Actor") or {}
    attributes = ", ".join(f"{key}={value}" for key, value in sorted((actor.get("Attributes") or {}).items()))
    head = f"{event_text(event['timeNano'])} {event['Type']} {event['Action']} {actor.get('ID', '')}"
    return f"{head} ({attributes})" if attributes else head
