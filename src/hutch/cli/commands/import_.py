"""``hutch import``."""

from __future__ import annotations

from hutch.cli.archive import archive
from hutch.cli.image_names import split_tag
from hutch.cli.progress import show_progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] file|- [REPOSITORY[:TAG]]"
FLAGS = """\
change,c list Dockerfile instruction for the image
message,m string message of the image
platform string platform of the image
"""
ARGUMENTS: tuple[int, int | None] = (1, 2)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Makes an image from a file system archive."""
    repository, tag = split_tag(arguments[1]) if len(arguments) > 1 else ("", "")
    remote = arguments[0].startswith(("http://", "https://"))
    query = {
        "fromSrc": arguments[0] if remote else "-",
        "repo": repository,
        "tag": tag,
        "message": flags.text("message"),
        "changes": flags.list("change"),
        "platform": flags.text("platform"),
    }
    if remote:
        show_progress(context.client.request("POST", "/images/create", query))
        return 0
    with archive(arguments[0]) as pieces:
        answer = context.client.upload("/images/create", query, pieces)
    show_progress(answer)
    return 0
