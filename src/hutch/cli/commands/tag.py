"""``hutch tag``."""

from __future__ import annotations

from hutch.cli.image_names import split_tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]"
FLAGS = ""
ARGUMENTS: tuple[int, int | None] = (2, 2)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Tags an image."""
    del flags
    source, name = arguments
    repository, tag = split_tag(name)
    context.client.request("POST", f"/images/{source}/tag", {"repo": repository, "tag": tag or "latest"}).read()
    return 0
