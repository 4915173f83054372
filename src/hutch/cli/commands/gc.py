"""``hutch gc``."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
dry-run bool only show what would be removed, and why
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Applies the watermarks of the engine's settings at once."""
    del arguments
    from hutch.model.size import human_size

    dry = flags.on("dry-run")
    done = context.client.json("POST", "/hutch/gc", {"dry-run": dry})
    part = done["Used"] * 100 / (done["Total"] or 1)
    state = "due" if done["Due"] else "not due"
    sys.stdout.write(
        f"Disk {part:.0f}% full, images take {human_size(float(done['Images']), 3)}; "
        f"begins at {done['Start']}, ends at {done['Stop']}: {state}\n"
    )
    for one in done["Removed"]:
        called = ", ".join(one["Names"]) or "<none>"
        verb = "would remove" if dry else "removed"
        size = human_size(float(one["Size"]), 3)
        sys.stdout.write(f"{verb} {one['Id'].partition(':')[2][:12]} {called}: {one['Why']}, {size}\n")
    return 0
