"""``hutch inspect``, and ``hutch container inspect`` and its like, which look for one kind of object only."""

from __future__ import annotations

from hutch.cli import platforms
from hutch.cli.command import Command
from hutch.cli.errors import CommandError
from hutch.cli.inspection import KINDS, inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

_FORMAT = "format,f string print by a Go template (or json)\n"
_SIZE = "size,s bool show sizes of files\n"


def _any(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints everything known about each object, of whatever kind it is."""
    kind = flags.text("type")
    if "type" in flags and kind not in KINDS:
        wrong = f'unknown type: "{kind}"' if kind else "type is empty"
        raise CommandError(f'{wrong}: must be one of "container", "image", "network", "volume"')
    return inspect(context.client, arguments, kind, flags.text("format"), size=flags.on("size"))


def _of(kind: str, flags: str = "") -> Command:
    """The command that looks for one kind."""

    def run(context: Context, given: Flags, arguments: list[str]) -> int:
        size = "size" in given.known and given.on("size")
        wanted = given.text("platform") if "platform" in given.known else ""
        platform = platforms.as_json(wanted) if wanted else ""
        return inspect(context.client, arguments, kind, given.text("format"), size=size, platform=platform)

    return Command(f"[OPTIONS] {kind.upper()} [{kind.upper()}...]", _FORMAT + flags, run)


anything = Command(
    "[OPTIONS] NAME|ID [NAME|ID...]",
    f"{_FORMAT}{_SIZE}type string kind of object (container, image, network, volume)\n",
    _any,
)
container = _of("container", _SIZE)
image = _of("image", "platform string show the image for this platform\n")
network = _of("network", "verbose,v bool show details of services\n")
volume = _of("volume")
