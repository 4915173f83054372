"""``hutch run``."""

from __future__ import annotations

import sys

from hutch.cli.container.body import create_body
from hutch.cli.container.creation import create, print_plan
from hutch.cli.container.following import check_terminal, run_attached, start_code
from hutch.cli.container.options import FLAGS as OPTIONS
from hutch.cli.errors import CommandError, EngineError, OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.client import Client
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] IMAGE [COMMAND] [ARG...]"
FLAGS = (
    OPTIONS
    + """\
detach,d bool run in the background and print the ID
detach-keys string keys that detach
plan bool print every kernel step with its reference and run nothing
sig-proxy bool=true pass signals on
"""
)
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = False


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Creates and starts a container; returns the exit code of its process unless detached."""
    detached = flags.on("detach")
    body = create_body(flags, arguments[0], arguments[1:], detached=detached)
    client = context.client
    if flags.on("plan"):
        print_plan(client.json("POST", "/hutch/plan", None, body))
        return 0
    if not detached:
        check_terminal(body["Tty"], body["AttachStdin"])
    identifier = _create(client, flags, body)
    try:
        if detached:
            sys.stdout.write(f"{identifier}\n")  # also if the start fails: the container is there
            client.request("POST", f"/containers/{identifier}/start").read()
            return 0
        return run_attached(client, flags, identifier, body)
    except EngineError as error:
        hint = "\n\nRun 'hutch run --help' for more information"
        raise CommandError(f"hutch: {error.message}{hint}", start_code(error.reason)) from None


def _create(client: Client, flags: Flags, body: dict[str, Any]) -> str:
    """The new container's ID. What is wrong with the flags is told as ``run`` tells it, with exit code 125."""
    try:
        identifier: str = create(client, flags, body)["Id"]
    except CommandError as error:
        if type(error) is CommandError:
            raise OptionError(error.message) from None
        raise
    return identifier
