"""``hutch attach``."""

from __future__ import annotations

from hutch.cli.container.following import check_terminal, follow
from hutch.cli.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] CONTAINER"
FLAGS = """\
detach-keys string keys that detach
no-stdin bool do not pass standard input on
sig-proxy bool=true pass signals on
"""
ARGUMENTS: tuple[int, int | None] = (1, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Joins this terminal to a running container."""
    client = context.client
    name = arguments[0]
    found = client.json("GET", f"/containers/{name}/json")
    state = found["State"]
    if not state["Running"]:
        raise CommandError("You cannot attach to a stopped container, start it first")
    if state["Paused"]:
        raise CommandError("You cannot attach to a paused container, unpause it first")
    if state["Restarting"]:
        raise CommandError("You cannot attach to a restarting container, wait until it is running")
    config = found["Config"]
    stdin = bool(config["OpenStdin"]) and not flags.on("no-stdin")
    check_terminal(config["Tty"], stdin)
    return follow(client, flags, name, tty=config["Tty"], stdin=stdin)
