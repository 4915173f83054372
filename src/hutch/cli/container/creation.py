"""Creates a container for ``run`` and ``create``: pulls the image if it must, writes the ID file."""

from __future__ import annotations

import sys

from hutch.cli.errors import EngineError, OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.client import Client
    from hutch.cli.flags import Flags


def _pull(client: Client, flags: Flags, image: str) -> None:
    from hutch.cli.progress import pull

    pull(client, image, flags.text("platform"), quiet=flags.on("quiet"), out=sys.stderr)


def _check_new(path: str) -> None:
    """Refuses an ID file that is there already."""
    import os

    if os.path.exists(path):
        raise OptionError(f"container ID file found, make sure the other container isn't running or delete {path}")


def _add_proxies(client: Client, body: dict[str, Any]) -> None:
    """The proxies that the user has for containers, but for those whose variables a flag sets or takes away."""
    given = {entry.partition("=")[0] for entry in body.get("Env") or ()}
    more = [e for e in client.preferences.proxies(client.address.text) if e.partition("=")[0] not in given]
    if more:
        body["Env"] = [*(body.get("Env") or ()), *more]


def create(client: Client, flags: Flags, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to the create request; raises :class:`EngineError`."""
    policy = flags.text("pull")
    if policy not in ("always", "missing", "never"):
        raise OptionError(f'invalid pull option: \'{policy}\': must be one of "always", "missing" or "never"')
    identifier_file = flags.text("cidfile")
    if identifier_file:
        _check_new(identifier_file)
    image = body["Image"]
    _add_proxies(client, body)
    if policy == "always":
        _pull(client, flags, image)
    query = {"name": flags.text("name"), "platform": flags.text("platform")}
    try:
        answer = client.json("POST", "/containers/create", query, body)
    except EngineError as error:
        if error.status != 404 or policy != "missing" or not error.reason.lower().startswith("no such image"):
            raise
        if not flags.on("quiet"):
            from hutch.cli.image_names import with_tag

            sys.stderr.write(f"Unable to find image '{with_tag(image)}' locally\n")
        _pull(client, flags, image)
        answer = client.json("POST", "/containers/create", query, body)
    for warning in answer.get("Warnings") or []:
        sys.stderr.write(f"WARNING: {warning}\n")
    if identifier_file:
        with open(identifier_file, "x", encoding="ascii") as file:
            file.write(answer["Id"])
    found: dict[str, Any] = answer
    return found


def print_plan(steps: list[dict[str, Any]]) -> None:
    """Prints every kernel step with its reference, one a line, numbered."""
    for step in steps:
        reference = f"  [{step['Reference']}]" if step["Reference"] else ""
        sys.stdout.write(f"{step['Step']:3}  {step['Stage']:<10} {step['Text']}{reference}\n")
