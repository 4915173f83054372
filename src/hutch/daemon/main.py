"""``hutchd``: reads its settings, then runs the service; exit code 0 after a wanted end, 1 after an error."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from hutch import __version__
from hutch.daemon import flags, settings
from hutch.daemon.logbook import Logbook, Rooms
from hutch.model.errors import HutchError

if TYPE_CHECKING:
    from hutch.daemon.config import Config


def main(arguments: list[str] | None = None) -> int:
    """Run the daemon with ``arguments`` (default: the process's own); the exit code."""
    try:
        parsed = flags.parse(sys.argv[1:] if arguments is None else arguments)
    except HutchError as error:
        sys.stderr.write(f"{error}\nSee 'hutchd --help'.\n")
        return 1
    try:
        if "help" in parsed.actions:
            sys.stdout.write(flags.usage())
            return 0
        if "version" in parsed.actions:
            sys.stdout.write(f"hutchd version {__version__}\n")
            return 0
        config = settings.load(parsed.values, os.environ)
    except HutchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if "validate" in parsed.actions:
        sys.stdout.write("configuration OK\n")
        return 0
    if os.geteuid() != 0:
        sys.stderr.write("hutchd needs to be started with root privileges\n")
        return 1
    logbook = Logbook(level="debug" if config.debug else config.log_level, form=config.log_format, raw=config.raw_logs)
    Rooms(logbook).listen()
    return _run(parsed, logbook, config)


def _run(parsed: flags.Parsed, logbook: Logbook, config: Config) -> int:
    from hutch.daemon.service import Service

    async def serve() -> None:
        await Service(config, logbook, parsed.values).run()

    logbook.info("Starting up")
    try:
        asyncio.run(serve())
    except (HutchError, OSError) as error:
        from hutch.api.errors import message_of

        logbook.write("fatal", f"failed to start daemon: {message_of(error)}")
        return 1
    logbook.info("Daemon shutdown complete")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
