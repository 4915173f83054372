"""``inspect`` for every kind of object."""

from __future__ import annotations

import sys

from hutch.cli.errors import CommandError, EngineError
from hutch.cli.listing import template, unescape
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
_STATE = (
    "Status",
    "Running",
    "Paused",
    "Restarting",
    "OOMKilled",
    "Dead",
    "Pid",
    "ExitCode",
    "Error",
    "StartedAt",
    "FinishedAt",
)
_MOUNT = ("Type", "Name", "Source", "Destination", "Driver", "Mode", "RW", "Propagation")


def find(client: Client, name: str, kind: str, *, size: bool) -> Any:
    """The object of that name; raises :class:`CommandError`."""
    for each in [kind] if kind else KINDS:
        query = {"size": True} if size and each == "container" else None
        try:
            return client.json("GET", KINDS[each].format(name), query)
        except EngineError as error:
            if kind:
                raise
            if error.status not in (404, 400):
                raise
    raise CommandError(f"Error: No such {_LABELS[kind]}: {name}")


def as_structs(value: Any) -> Any:
    """The same data with those objects marked that Docker's CLI prints as structs (``{{.Mounts}}``, ``{{.State}}``)."""
    from hutch.model.template.printing import Pointer, Record

    if isinstance(value, list):
        return [as_structs(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"HostIp", "HostPort"}:
        return Record(value)
    inner = {key: as_structs(item) for key, item in value.items()}
    if "Destination" in inner and "Propagation" in inner:
        return Record({key: inner.get(key, "") for key in _MOUNT})
    if all(key in inner for key in _STATE):
        return Pointer({**inner, "Health": inner.get("Health")})
    return inner


def inspect(client: Client, names: list[str], kind: str, format_: str, *, size: bool = False) -> int:
    """Prints all objects as a JSON list or by a template each; the exit code is 1 if one is missing."""
    body = template(unescape(format_), strict=True) if format_ not in ("", "json") else None
    found: list[Any] = []
    errors: list[CommandError] = []
    lines: list[str] = []
    for name in names:
        try:
            value = find(client, name, kind, size=size)
        except CommandError as error:
            errors.append(error)
            continue
        found.append(value)
    failed = ""
    if body is not None:
        lines, failed = _render(body, found)
    elif format_ == "json":
        lines = [json_text.encode(found)] if found or not errors else ["[]"]
    else:
        lines = [json_text.indent(found)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
    messages = [failed] if failed else [error.message for error in errors]
    if messages or errors:
        if body is not None and not lines:
            sys.stdout.write("\n")
        raise CommandError("\n".join(messages), 1)
    return 0


def _render(body: Any, found: list[Any]) -> tuple[list[str], str]:
    """The rendered objects, and the message of the one that failed."""
    from hutch.model.template.lexer import TemplateError

    lines = []
    for value in found:
        try:
            lines.append(body.render(as_structs(with_aliases(value))))
        except TemplateError as error:
            return lines, f"template parsing error: {error.message}"
    return lines, ""


def with_aliases(value: Any) -> Any:
    """The object with ``ID`` beside ``Id``: Docker's structs know the one, its JSON the other."""
    if isinstance(value, dict) and "Id" in value and "ID" not in value:
        return {**value, "ID": value["Id"]}
    return value
