"""``hutch kill``."""

from __future__ import annotations

from hutch.cli.each import each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] CONTAINER [CONTAINER...]"
FLAGS = """\
signal,s string signal to send
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Sends a signal to each container."""
    client = context.client
    query = {"signal": flags.text("signal") or "KILL"}
    return each(arguments, lambda name: client.request("POST", f"/containers/{name}/kill", query).read())
