"""The first process of a container: arguments, environment, working directory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hutch.model.container import Config
from hutch.model.errors import Invalid

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INIT = "/sbin/docker-init"


def arguments(config: Config, *, init: bool = False) -> list[str]:
    """Entrypoint and command together, behind the small init when asked for. Raises Invalid when there is none."""
    args = [*(config.entrypoint or ()), *(config.cmd or ())]
    # An entrypoint of one empty string resets the image's.
    if args and config.entrypoint == [""]:
        args = args[1:]
    if not args:
        raise Invalid("no command specified")
    return [INIT, "--", *args] if init else args


def environment(config: Config, hostname: str, extra: Sequence[str] = ()) -> list[str]:
    """PATH, HOSTNAME, TERM with a terminal, ``extra`` (links), then the container's own, which win. A name without
    "=" takes the variable away. HOME is the runtime's to set: it knows the container's passwd file."""
    base = [f"PATH={PATH}", f"HOSTNAME={hostname}", *(("TERM=xterm",) if config.tty else ()), *extra]
    return variables((*base, *(config.env or ())))


def variables(entries: Iterable[str]) -> list[str]:
    """Entries "NAME=VALUE", of which the last of a name wins in the place of the first; a name alone takes it away."""
    merged: dict[str, str] = {}
    for entry in entries:
        name, has_value, _ = entry.partition("=")
        if has_value:
            merged[name] = entry
        else:
            merged.pop(name, None)
    return list(merged.values())


def check_environment(env: Sequence[str] | None) -> None:
    """Raise Invalid for an entry without a name or with a zero byte."""
    for entry in env or ():
        if not entry or entry.startswith("="):
            raise Invalid(f"invalid environment variable: {entry}")
        if "\0" in entry:
            raise Invalid(f"invalid environment variable {entry.partition('=')[0]!r}: it contains a nul byte")


def working_directory(config: Config) -> str:
    """The working directory; / when none is set. Raises Invalid for a relative one."""
    folder = config.working_dir or "/"
    if not folder.startswith("/"):
        raise Invalid(f"the working directory '{folder}' is invalid, it needs to be an absolute path")
    return folder
