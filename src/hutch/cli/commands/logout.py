"""``hutch logout``."""

from __future__ import annotations

import sys

from hutch.cli.commands.login import server_key
from hutch.cli.credentials import Keyring
from hutch.cli.preferences import folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[SERVER]"
FLAGS = ""
ARGUMENTS: tuple[int, int | None] = (0, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Forgets a registry's credentials; the engine is not asked."""
    del flags
    server = server_key(arguments[0] if arguments else "")
    keyring = Keyring(folder(context.flags.text("config") if "config" in context.flags else ""))
    sys.stdout.write(f"Removing login credentials for {server}\n")
    keyring.erase(server)
    return 0
