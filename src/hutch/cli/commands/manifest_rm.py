"""``hutch manifest rm``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "MANIFEST_LIST [MANIFEST_LIST...]"
FLAGS = ""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Removes local lists; what a registry has stays there."""
    from hutch.cli.errors import CommandError
    from hutch.cli.manifest.store import Lists, normalized

    del flags
    lists = Lists(context.client.settings)
    failed = []
    for argument in arguments:
        try:
            lists.remove(normalized(argument))
        except CommandError as error:
            failed.append(error.message)
    if failed:
        raise CommandError("\n".join(failed))
    return 0
