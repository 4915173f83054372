"""What the ``prune`` commands share: the question before and the report after."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context


def prune(context: Context, flags: Flags, noun: str, chosen: Any, what: str) -> int:
    """Has everything of one kind removed that the filters ``chosen`` let through; the question names it as ``what``."""
    if not flags.on("force") and not confirm(f"This will remove {what}."):
        return 0
    report(context.client.json("POST", f"/{noun}s/prune", {"filters": chosen}), noun)
    return 0


def confirm(warning: str) -> bool:
    """Asks on the terminal; anything but ``y`` is no."""
    sys.stdout.write(f"WARNING! {warning}\nAre you sure you want to continue? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() == "y"


def gone(answer: dict[str, Any], noun: str) -> str:
    """What was removed, as lines; nothing if that was nothing."""
    if noun == "image":
        steps = answer.get("ImagesDeleted") or []
        lines = [
            f"{word.lower()}: {step[word]}" for step in steps for word in ("Untagged", "Deleted") if step.get(word)
        ]
    elif noun == "build cache":
        lines = list(answer.get("CachesDeleted") or [])
    else:
        lines = list(answer.get(f"{noun.title()}sDeleted") or [])
    title = "build cache objects" if noun == "build cache" else f"{noun.title()}s"
    return f"Deleted {title}:\n" + "\n".join(lines) + "\n\n" if lines else ""


def report(answer: dict[str, Any], noun: str) -> None:
    """Prints what was removed and how much space that gave; networks take none."""
    from hutch.model.size import human_size

    sys.stdout.write(gone(answer, noun))
    if noun != "network":
        sys.stdout.write(f"Total reclaimed space: {human_size(float(answer.get('SpaceReclaimed') or 0))}\n")
