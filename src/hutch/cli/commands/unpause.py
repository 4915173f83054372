"""``hutch unpause``."""

from __future__ import annotations

from hutch.cli.each import each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "CONTAINER [CONTAINER...]"
FLAGS = ""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Thaws each container."""
    del flags
    client = context.client
    query = None
    return each(arguments, lambda name: client.request("POST", f"/containers/{name}/unpause", query).read())
