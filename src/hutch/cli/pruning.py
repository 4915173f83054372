"""What the ``prune`` commands share: the question before and the report after."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def confirm(warning: str) -> bool:
    """Asks on the terminal; anything but ``y`` is no."""
    sys.stdout.write(f"WARNING! {warning}\nAre you sure you want to continue? [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() == "y":
        return True
    sys.stderr.write("\n")
    return False


def report(answer: dict[str, Any], noun: str) -> None:
    """Prints what was removed and how much space that gave."""
    from hutch.model.size import human_size

    lines = []
    if noun == "container":
        lines = list(answer.get("ContainersDeleted") or [])
    else:
        for step in answer.get("ImagesDeleted") or []:
            lines += [f"{word.lower()}: {step[word]}" for word in ("Untagged", "Deleted") if step.get(word)]
    if lines:
        sys.stdout.write(f"Deleted {noun.title()}s:\n" + "\n".join(lines) + "\n\n")
    sys.stdout.write(f"Total reclaimed space: {human_size(float(answer.get('SpaceReclaimed') or 0))}\n")
