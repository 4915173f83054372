"""``hutch rm``."""

from __future__ import annotations

import sys

from hutch.cli.each import each
from hutch.cli.errors import CommandError, EngineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] CONTAINER [CONTAINER...]"
FLAGS = """\
force,f bool kill and remove running containers
link,l bool remove the link of this name
volumes,v bool remove anonymous volumes too
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Removes each container."""
    client = context.client
    query = {"force": flags.on("force"), "link": flags.on("link"), "v": flags.on("volumes")}

    def remove(name: str) -> object:
        if not name.strip("/"):
            raise CommandError("container name cannot be empty")
        try:
            return client.request("DELETE", f"/containers/{name.strip('/')}", query).read()
        except EngineError as error:
            if flags.on("force") and error.status == 404:
                sys.stderr.write(f"{error.message}\n")
                return None
            raise

    return each(arguments, remove, show=lambda name, result: None if result is None else name)
