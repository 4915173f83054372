"""``hutch rmi``."""

from __future__ import annotations

import sys

from hutch.cli import platforms
from hutch.cli.errors import EngineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] IMAGE [IMAGE...]"
FLAGS = """\
force,f bool remove even if a container uses the image
no-prune bool keep untagged parents
platform strings remove only an image for this platform
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Removes each image."""
    client = context.client
    query: dict[str, Any] = {"force": flags.on("force"), "noprune": flags.on("no-prune")}
    wanted = [platforms.as_json(text) for word in flags.list("platform") for text in word.split(",")]
    if wanted:
        query["platforms"] = wanted
    failed = 0
    for name in arguments:
        try:
            done = client.json("DELETE", f"/images/{name}", query)
        except EngineError as error:
            if not (flags.on("force") and error.status == 404):
                failed = 1
            sys.stderr.write(f"{error.message}\n")
            continue
        for step in done:
            for word in ("Deleted", "Untagged"):
                if word in step:
                    sys.stdout.write(f"{word}: {step[word]}\n")
    return failed
