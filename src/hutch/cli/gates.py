"""Which flags and commands came with which version of the API.

An engine passes over what its version does not know, so a command that is to speak an older version (by
``DOCKER_API_VERSION``, or as the engine has no newer one) says so before it asks for it. Imported by those alone.
"""

from __future__ import annotations

from hutch.cli.errors import CommandError
from hutch.cli.flags import Flag
from hutch.cli.table import COMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_RUN = (
    "annotation 43 cgroupns 41 cpu-rt-period 25 cpu-rt-runtime 25 cpus 25 health-start-interval 44 "
    "health-start-period 29 init 25 platform 32 stop-timeout 25"
)

FLAGS = {
    "create": _RUN,
    "exec": "env 25 env-file 25 workdir 35",
    "history": "platform 48",
    "images": "tree 47",
    "import_": "platform 32",
    "inspect.image": "platform 49",
    "load": "platform 48",
    "logs": "until 35",
    "pull": "platform 32",
    "rmi": "platform 50",
    "run": _RUN,
    "save": "platform 48",
    "system_prune": "filter 28",
    "update": "cpu-rt-period 25 cpu-rt-runtime 25 cpus 29 pids-limit 40",
    "volume_prune": "all 42",
    "volume_rm": "force 25",
}
"""Of each command its flags, each with the second number of the first version that has it."""

SINCE = dict.fromkeys(
    ("container_prune", "image_prune", "network_prune", "system_df", "system_prune", "volume_prune"), 25
)
"""The same for whole commands."""


def check(name: str, given: Iterable[str], version: str) -> None:
    """Raise :class:`CommandError` for the command ``name`` or its flags if ``version`` (``1.30``) has not got them."""
    module, number = COMMANDS[name], _second(version)
    behind = f"but the Docker daemon API version is {version}"
    if SINCE.get(module, 0) > number:
        raise CommandError(f"hutch {name} requires API version 1.{SINCE[module]}, {behind}")
    known = _flags(module)
    lines = [
        f'"--{flag}" requires API version 1.{known[flag]}, {behind}'
        for flag in sorted(given)
        if known.get(flag, 0) > number
    ]
    if lines:
        raise CommandError("\n".join(lines))


def shown(module: str, flags: Iterable[Flag], version: str) -> list[Flag]:
    """The flags of a command that ``version`` has, for its help."""
    known, number = _flags(module), _second(version)
    return [flag for flag in flags if known.get(flag.long, 0) <= number]


def since(module: str, flag: str) -> int:
    """The second number of the first version with the flag, or with the command where ``flag`` is empty."""
    return _flags(module)[flag] if flag else SINCE[module]


def has(module: str, version: str) -> bool:
    """Whether ``version`` has the command."""
    return SINCE.get(module, 0) <= _second(version)


def _flags(module: str) -> dict[str, int]:
    words = FLAGS.get(module, "").split()
    return {flag: int(number) for flag, number in zip(words[::2], words[1::2], strict=True)}


def _second(version: str) -> int:
    """The second number; 0 for what is no version, as Docker's command takes it, and a large one from 2.0 on."""
    major, _, minor = version.partition(".")
    if not (major.isascii() and major.isdigit() and int(major)):
        return 0
    if int(major) > 1:
        return 1 << 30
    return int(minor) if minor.isascii() and minor.isdigit() else 0
