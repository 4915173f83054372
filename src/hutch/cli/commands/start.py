"""``hutch start``."""

from __future__ import annotations

from hutch.cli.container.following import start_attached
from hutch.cli.each import each
from hutch.cli.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] CONTAINER [CONTAINER...]"
FLAGS = """\
attach,a bool show the output and pass signals on
checkpoint !string no checkpoints
checkpoint-dir !string no checkpoints
detach-keys string keys that detach
interactive,i bool pass standard input on
sig-proxy ~bool=true pass signals on
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Starts each container, or one with this terminal."""
    client = context.client
    if flags.on("attach") or flags.on("interactive"):
        if len(arguments) > 1:
            raise CommandError("you cannot start and attach multiple containers at once")
        return start_attached(client, flags, arguments[0])
    query = {"detachKeys": flags.text("detach-keys")}
    failed: list[str] = []
    each(arguments, lambda name: client.request("POST", f"/containers/{name}/start", query).read(), failures=failed)
    if failed:
        raise CommandError(f"Error: failed to start containers: {', '.join(failed)}")
    return 0
