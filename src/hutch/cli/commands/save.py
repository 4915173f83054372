"""``hutch save``."""

from __future__ import annotations

import os

from hutch.cli.errors import CommandError
from hutch.cli.frames import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] IMAGE [IMAGE...]"
FLAGS = """\
output,o string file to write instead of standard output
platform !string images here have one platform
"""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Writes images as a tar archive."""
    path = flags.text("output")
    if not path and os.isatty(1):
        raise CommandError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
    answer = context.client.request("GET", "/images/get", {"names": arguments})
    if not path:
        for piece in answer.pieces():
            write_all(1, piece)
        return 0
    part = f"{path}.part-{os.getpid()}"
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CommandError(f"failed to save image: {path}: {(error.strerror or '').lower()}") from None
    try:
        for piece in answer.pieces():
            write_all(fd, piece)
        os.rename(part, path)
    except BaseException:
        os.unlink(part)
        raise
    finally:
        os.close(fd)
    return 0
