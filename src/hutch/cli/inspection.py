"""``inspect`` for every kind of object."""

from __future__ import annotations

import sys

from hutch.cli.errors import CommandError, EngineError
from hutch.cli.listing import template
from hutch.model import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.client import Client

# kind -> path; the order in which a name without --type is looked for
KINDS = {
    "container": "/containers/{}/json",
    "image": "/images/{}/json",
    "network": "/networks/{}",
    "volume": "/volumes/{}",
}
_LABELS = {"": "object", "container": "container", "image": "image", "network": "network", "volume": "volume"}


_NOT_THIS_KIND = ("not supported", "invalid reference format")
"""What an engine says of a name that cannot be of that kind, beside that there is none."""


def find(client: Client, name: str, kind: str, *, size: bool, platform: str = "") -> tuple[Any, str]:
    """The object of that name, and its kind; raises :class:`CommandError`."""
    for each in [kind] if kind else KINDS:
        query: dict[str, Any] = {"size": True} if size and each == "container" else {}
        if platform:
            query["platform"] = platform
        try:
            found = client.json("GET", KINDS[each].format(name), query)
            if size and each != "container" and not kind:
                sys.stderr.write(f"WARNING: --size ignored for {each}\n")
            return found, each
        except EngineError as error:
            if kind or not (error.status == 404 or any(words in error.reason for words in _NOT_THIS_KIND)):
                raise
    raise CommandError(f"Error: No such {_LABELS[kind]}: {name}")


def inspect(
    client: Client, names: list[str], kind: str, format_: str, *, size: bool = False, platform: str = ""
) -> int:
    """Prints all objects as a JSON list or by a template each; the exit code is 1 if one is missing. ``platform`` is
    JSON, for images."""
    by_template = format_ not in ("", "json")
    if by_template:
        template(format_, strict=True)  # what cannot be read is told before anything is looked for
    found: list[tuple[Any, str]] = []
    errors: list[CommandError] = []
    lines: list[str] = []
    for name in names:
        try:
            found.append(find(client, name, kind, size=size, platform=platform))
        except CommandError as error:
            errors.append(error)
    failed = ""
    values = [value for value, _ in found]
    if by_template:
        lines, failed = _render(format_, found)
    elif format_ == "json":
        lines = [json_text.encode(values)] if found or not errors else ["[]"]
    else:
        lines = [json_text.indent(values)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
    messages = [failed] if failed else [error.message for error in errors]
    if messages or errors:
        if by_template and not lines:
            sys.stdout.write("\n")
        raise CommandError("\n".join(messages), 1)
    return 0


def _render(format_: str, found: list[tuple[Any, str]]) -> tuple[list[str], str]:
    """The rendered objects, and the message of the one that failed.

    As Docker's command does it: first over its structs, and where that fails over the engine's answer as it is.
    """
    from hutch.cli.go_types import typed
    from hutch.model.template.lexer import TemplateError
    from hutch.model.template.typed import raw

    body, strict = template(format_), template(format_, strict=True)
    lines = []
    for value, kind in found:
        try:
            lines.append(body.render(typed(value, kind)))
            continue
        except TemplateError as error:
            if kind == "volume":  # which alone is not kept as it came
                return lines, f"template parsing error: {error.message}"
        try:
            lines.append(strict.render(raw(value)))
        except TemplateError as error:
            return lines, f"template parsing error: {error.message}"
    return lines, ""
