"""``hutch volume create``."""

from __future__ import annotations

import sys

from hutch.cli.container.environment import pairs
from hutch.cli.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] [VOLUME]"
FLAGS = """\
availability !string no cluster volumes
driver,d string=local volume driver
group !string no cluster volumes
label list label (KEY=VALUE)
limit-bytes !bytes no cluster volumes
name ~string old way to name the volume
opt,o list option of the driver (KEY=VALUE)
required-bytes !bytes no cluster volumes
scope !string no cluster volumes
secret !list no cluster volumes
sharing !string no cluster volumes
topology-preferred !list no cluster volumes
topology-required !list no cluster volumes
type !string no cluster volumes
"""
ARGUMENTS: tuple[int, int | None] = (0, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Creates a volume and prints its name."""
    name = arguments[0] if arguments else flags.text("name")
    if arguments and "name" in flags:
        raise CommandError(
            "conflicting options: cannot specify a volume-name through both --name and as a positional arg"
        )
    body = {
        "Name": name,
        "Driver": flags.text("driver"),
        "DriverOpts": pairs(flags.list("opt")),
        "Labels": pairs(flags.list("label")),
    }
    sys.stdout.write(context.client.json("POST", "/volumes/create", None, body)["Name"] + "\n")
    return 0
