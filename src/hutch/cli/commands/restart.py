"""``hutch restart``."""

from __future__ import annotations

from hutch.cli.each import each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] CONTAINER [CONTAINER...]"
FLAGS = """\
signal,s string signal that stops the container
timeout,t int seconds from the signal to the kill
time ~int old name of --timeout
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Stops and starts each container."""
    client = context.client
    query = {
        "signal": flags.text("signal"),
        "t": str(flags.number("timeout", flags.number("time"))) if "timeout" in flags or "time" in flags else None,
    }
    return each(arguments, lambda name: client.request("POST", f"/containers/{name}/restart", query).read())
