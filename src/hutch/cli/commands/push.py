"""``hutch push``."""

from __future__ import annotations

import sys

from hutch.cli.credentials import Keyring
from hutch.cli.errors import CommandError
from hutch.cli.image_names import qualified, split_tag
from hutch.cli.progress import show_progress
from hutch.model import reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] NAME[:TAG]"
FLAGS = """\
all-tags,a bool push all tags of the repository
disable-content-trust bool=true images are not signed
platform !string images here have one platform
quiet,q bool print the name only
"""
ARGUMENTS: tuple[int, int | None] = (1, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Pushes an image."""
    name = arguments[0]
    reference.parse(name)
    if "@" in name:
        raise CommandError("cannot push a digest reference")
    everything, quiet = flags.on("all-tags"), flags.on("quiet")
    given = split_tag(name)[1]
    if everything and given:
        raise CommandError("tag can't be used with --all-tags/-a")
    if not given and not everything and not quiet:
        sys.stdout.write("Using default tag: latest\n")
    repository, tag = split_tag(qualified(name))
    query = {"tag": "" if everything else tag}
    credentials = Keyring(context.client.settings).header(name)
    answer = context.client.request("POST", f"/images/{repository}/push", query, None, (credentials,))
    show_progress(answer, quiet=quiet)
    if quiet:
        sys.stdout.write(f"{qualified(name)}\n")
    return 0
