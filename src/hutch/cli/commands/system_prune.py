"""``hutch system prune``."""

from __future__ import annotations

import sys

from hutch.cli.errors import CommandError
from hutch.cli.listing import filters
from hutch.cli.pruning import confirm, gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
all,a bool remove every unused image, not only untagged ones
filter filter remove only what matches (name=VALUE)
force,f bool do not ask
volumes bool remove unused anonymous volumes too
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Removes what nothing uses, of every kind."""
    del arguments
    words = flags.list("filter")
    chosen = filters(words)
    everything, volumes = flags.on("all"), flags.on("volumes")
    if volumes and "until" in chosen:
        raise CommandError('ERROR: The "until" filter is not supported with "--volumes"')
    if not flags.on("force") and not confirm(warning(words, everything=everything, volumes=volumes)):
        return 0
    images: Any = {**chosen, "dangling": {"false" if everything else "true": True}}
    steps: list[tuple[str, str, Any]] = [("container", "/containers/prune", chosen)]
    steps.append(("network", "/networks/prune", chosen))
    if volumes:
        steps.append(("volume", "/volumes/prune", chosen))
    steps.append(("image", "/images/prune", images))
    if "label" not in chosen and "label!" not in chosen:  # a build cache has no labels
        steps.append(("build cache", "/build/prune", chosen))
    reclaimed = 0
    for noun, path, narrowed in steps:
        answer = context.client.json("POST", path, {"filters": narrowed})
        reclaimed += int(answer.get("SpaceReclaimed") or 0)
        sys.stdout.write(gone(answer, noun))
    from hutch.model.size import human_size

    sys.stdout.write(f"Total reclaimed space: {human_size(float(reclaimed), 4)}\n")
    return 0


def warning(words: list[str], *, everything: bool, volumes: bool) -> str:
    """What will be removed, before the question."""
    lines = ["This will remove:", "  - all stopped containers", "  - all networks not used by at least one container"]
    if volumes:
        lines.append("  - all anonymous volumes not used by at least one container")
    if everything:
        lines += ["  - all images without at least one container associated to them", "  - all build cache"]
    else:
        lines += ["  - all dangling images", "  - unused build cache"]
    if words:
        lines += ["", "  Items to be pruned will be filtered with:", *(f"  - {word}" for word in sorted(words))]
    return "\n".join([*lines, ""])
