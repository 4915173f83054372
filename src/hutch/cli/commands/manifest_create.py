"""``hutch manifest create``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "MANIFEST_LIST MANIFEST [MANIFEST...]"
FLAGS = """\
amend,a bool change a list that there is already
insecure bool the registries may be ones without trusted certificates
"""
ARGUMENTS: tuple[int, int | None] = (2, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Keeps the manifests, asked from their registries, as a local list."""
    from hutch.cli.errors import CommandError
    from hutch.cli.manifest.registry import fetch
    from hutch.cli.manifest.store import Lists, normalized

    lists = Lists(context.client.settings)
    target, *names = [normalized(name) for name in arguments]
    if lists.has(target) and not flags.on("amend"):
        raise CommandError("refusing to amend an existing manifest list with no --amend flag")
    for name in names:
        found = lists.get(target, name)
        if found is None:
            several, manifests = fetch(context.client, name, flags.on("insecure"))
            if several:
                raise CommandError(f"{name} is a manifest list")
            found = manifests[0]
        lists.save(target, name, found)
    print(f"Created manifest list {target}")
    return 0
