"""``hutch update``."""

from __future__ import annotations

import sys

from hutch.cli.each import each
from hutch.cli.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] CONTAINER [CONTAINER...]"
FLAGS = """\
blkio-weight uint16 relative weight of block I/O, 10 to 1000
cpu-period int period of the CPU quota, in microseconds
cpu-quota int CPU time in each period, in microseconds
cpu-rt-period int period of real-time CPU, in microseconds
cpu-rt-runtime int real-time CPU in each period, in microseconds
cpu-shares,c int relative weight of CPU
cpus decimal number of CPUs
cpuset-cpus string CPUs to run on (0-3, 0,1)
cpuset-mems string memory nodes to use (0-3, 0,1)
kernel-memory ~bytes has no effect any more
memory,m bytes memory limit
memory-reservation bytes memory that is left when memory is short
memory-swap bytes limit of memory and swap together (-1: no limit)
pids-limit int largest number of processes (-1: no limit)
restart string what to do when the container ends: no, on-failure[:N], always, unless-stopped
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Changes limits and restart policy of each container."""
    if not flags.given:
        raise CommandError("you must provide one or more flags when using this command")
    from hutch.cli.container.body import limits

    client, body = context.client, limits(flags)
    warnings: list[str] = []

    def update(name: str) -> Any:
        answer = client.json("POST", f"/containers/{name}/update", None, body)
        warnings.extend(answer.get("Warnings") or [])
        return answer

    code = each(arguments, update)
    sys.stdout.flush()
    if warnings:
        sys.stderr.write("\n".join(warnings) + "\n")
    return code
