"""``hutch events``."""

from __future__ import annotations

import sys

from hutch.cli.errors import CommandError
from hutch.cli.listing import filters, template, unescape
from hutch.cli.moments import event_text, since_text
from hutch.model import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context
    from hutch.model.template.evaluate import Template

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
    body = None
    if format_ not in ("", "json"):
        from hutch.cli.go_types import typed
        from hutch.model.template.lexer import TemplateError

        body = _template(unescape(format_))
    for event in context.client.stream("GET", "/events", query):
        if body is not None:
            try:
                line = body.render(typed(event, "event"))
            except TemplateError as error:
                raise CommandError(f"Error parsing format: {error.message}", 64) from None
        else:
            line = json_text.encode(event) if format_ == "json" else _line(event)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


def _template(text: str) -> Template:
    """The template, with the words that Docker's command has here for one that cannot be read."""
    from hutch.cli.go_types import typed
    from hutch.model.template.lexer import TemplateError

    try:
        body = template(text)
        body.render(typed({}, "event"))  # a field that there is not is told before anything happens
    except CommandError as error:
        raise CommandError(f"Error parsing format: {error.message.partition(': ')[2]}", 64) from None
    except TemplateError as error:
        raise CommandError(f"Error parsing format: {error.message}", 64) from None
    return body


def _line(event: Any) -> str:
    """``TIME TYPE ACTION ID (KEY=VALUE, ...)``"""
    actor = event.get("Actor") or {}
    attributes = ", ".join(f"{key}={value}" for key, value in sorted((actor.get("Attributes") or {}).items()))
    head = f"{event_text(event['timeNano'])} {event['Type']} {event['Action']} {actor.get('ID', '')}"
    return f"{head} ({attributes})" if attributes else head
