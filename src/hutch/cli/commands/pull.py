"""``hutch pull``."""

from __future__ import annotations

import sys

from hutch.cli.errors import CommandError
from hutch.cli.image_names import qualified, split_tag
from hutch.cli.progress import pull
from hutch.model import reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] NAME[:TAG|@DIGEST]"
FLAGS = """\
all-tags,a bool fetch all tags of the repository
disable-content-trust bool=true image signatures are not checked
explain bool say which server gave what
insecure bool the registry may be one without a trusted certificate, or in plain HTTP
platform string platform of the image (os/arch)
quiet,q bool print the name only
"""
ARGUMENTS: tuple[int, int | None] = (1, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Pulls an image."""
    name = arguments[0]
    named = reference.parse(name)
    if flags.on("all-tags") and split_tag(name)[1]:
        raise CommandError("tag can't be used with --all-tags/-a")
    more = {flag: "1" for flag in ("explain", "insecure") if flags.on(flag)}
    if more.get("explain") and flags.on("quiet"):
        raise CommandError("--explain and --quiet cannot be used together")
    everything = flags.on("all-tags")
    pull(context.client, name, flags.text("platform"), quiet=flags.on("quiet"), everything=everything, more=more)
    sys.stdout.write(f"{named if flags.on('all-tags') else qualified(name)}\n")
    return 0
