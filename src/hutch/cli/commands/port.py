"""``hutch port``."""

from __future__ import annotations

import itertools
import sys

from hutch.cli.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "CONTAINER [PRIVATE_PORT[/PROTO]]"
FLAGS = ""
ARGUMENTS: tuple[int, int | None] = (1, 2)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints the published ports of a container."""
    del flags
    ports = context.client.json("GET", f"/containers/{arguments[0]}/json")["NetworkSettings"]["Ports"] or {}
    wanted = arguments[1] if len(arguments) > 1 else ""
    if wanted and "/" not in wanted:
        wanted += "/tcp"
    lines = []
    for port, bindings in ports.items():
        if wanted and port != wanted:
            continue
        for binding in bindings or []:
            address = binding["HostIp"]
            shown = f"[{address}]" if ":" in address else address
            lines.append(f"{'' if wanted else f'{port} -> '}{shown}:{binding['HostPort']}")
    if wanted and not lines:
        raise CommandError(f"Error: No public port '{arguments[1]}' published for {arguments[0]}")
    sys.stdout.write("".join(f"{line}\n" for line in sorted(lines, key=_natural)))
    return 0


def _natural(line: str) -> list[tuple[str, int]]:
    """Numbers in a line are compared as numbers."""
    words = ("".join(letters) for _, letters in itertools.groupby(line, str.isdecimal))
    return [("0", int(word)) if word.isdecimal() else (word, 0) for word in words]
