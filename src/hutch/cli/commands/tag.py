"""``hutch tag``."""

from __future__ import annotations

from hutch.cli.errors import CommandError
from hutch.cli.image_names import split_tag
from hutch.model import reference
from hutch.model.errors import Invalid

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
    try:
        reference.parse(name)
    except Invalid as error:
        raise CommandError(
            f'Error parsing reference: "{name}" is not a valid repository/tag: {error.message}'
        ) from None
    repository, tag = split_tag(name)
    context.client.request("POST", f"/images/{source}/tag", {"repo": repository, "tag": tag or "latest"}).read()
    return 0
