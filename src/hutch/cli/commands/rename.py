"""``hutch rename``."""

from __future__ import annotations

from hutch.cli.errors import CommandError, EngineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "CONTAINER NEW_NAME"
FLAGS = ""
ARGUMENTS: tuple[int, int | None] = (2, 2)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Renames a container."""
    del flags
    old, new = (name.strip() for name in arguments)
    if not old or not new:
        raise CommandError("Error: Neither old nor new names may be empty")
    try:
        context.client.request("POST", f"/containers/{old}/rename", {"name": new}).read()
    except EngineError as error:
        raise CommandError(f"{error.message}\nError: failed to rename container named {old}") from None
    return 0
