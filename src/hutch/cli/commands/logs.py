"""``hutch logs``."""

from __future__ import annotations

from hutch.cli.frames import Frames, Raw
from hutch.cli.moments import since_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] CONTAINER"
FLAGS = """\
details bool show the attributes of the log driver too
follow,f bool go on with new output
since string only output since this time, or this long ago (42m)
tail,n string=all number of lines from the end
timestamps,t bool show when a line was written
until string only output before this time, or this long ago
"""
ARGUMENTS: tuple[int, int | None] = (1, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints the output of a container."""
    client = context.client
    tty = client.json("GET", f"/containers/{arguments[0]}/json")["Config"]["Tty"]
    query = {
        "stdout": True,
        "stderr": True,
        "follow": flags.on("follow"),
        "since": since_text(flags.text("since"), "since"),
        "until": since_text(flags.text("until"), "until"),
        "timestamps": flags.on("timestamps"),
        "tail": flags.text("tail"),
        "details": flags.on("details"),
    }
    answer = client.request("GET", f"/containers/{arguments[0]}/logs", query)
    sink = Raw() if tty else Frames()
    for piece in answer.pieces():
        sink.feed(piece)
    return 0
