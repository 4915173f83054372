"""``hutch commit``."""

from __future__ import annotations

from hutch.cli.image_names import split_tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]"
FLAGS = """\
author,a string who made it
change,c list Dockerfile instruction for the image
message,m string message of the image
pause,p bool=true freeze the container meanwhile
"""
ARGUMENTS: tuple[int, int | None] = (1, 2)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Makes an image of a container and prints its id."""
    repository, tag = split_tag(arguments[1]) if len(arguments) > 1 else ("", "")
    query = {
        "container": arguments[0],
        "repo": repository,
        "tag": tag,
        "comment": flags.text("message"),
        "author": flags.text("author"),
        "changes": flags.list("change"),
        "pause": "1" if flags.on("pause") else "0",
    }
    print(context.client.json("POST", "/commit", query)["Id"])
    return 0
