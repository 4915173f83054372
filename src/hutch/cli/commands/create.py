"""``hutch create``."""

from __future__ import annotations

import sys

from hutch.cli.container.body import create_body
from hutch.cli.container.creation import create
from hutch.cli.container.options import FLAGS as OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] IMAGE [COMMAND] [ARG...]"
FLAGS = OPTIONS
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = False


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Creates a container and prints its ID."""
    body = create_body(flags, arguments[0], arguments[1:])
    sys.stdout.write(create(context.client, flags, body)["Id"] + "\n")
    return 0
