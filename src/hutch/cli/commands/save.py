"""``hutch save``."""

from __future__ import annotations

from hutch.cli import output, platforms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] IMAGE [IMAGE...]"
FLAGS = """\
output,o string file to write instead of standard output
platform string save only an image for this platform
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Writes images as a tar archive."""
    client = context.client
    query = {"names": arguments, **platforms.query(flags)}
    output.write(
        flags.text("output"), lambda: client.request("GET", "/images/get", query).pieces(), "failed to save image"
    )
    return 0
