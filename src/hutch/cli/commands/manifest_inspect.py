"""``hutch manifest inspect``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] [MANIFEST_LIST] MANIFEST"
FLAGS = """\
insecure bool the registry may be one without a trusted certificate
verbose,v bool show platforms and where each comes from, too
"""
ARGUMENTS: tuple[int, int | None] = (1, 2)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints a manifest of a local list, a local list, or what a registry has."""
    from hutch.cli.manifest.registry import fetch
    from hutch.cli.manifest.store import Lists, Missing, normalized

    lists = Lists(context.client.settings)
    name = normalized(arguments[-1])
    if len(arguments) == 2:
        found = lists.get(normalized(arguments[0]), name)
        if found is None:
            raise Missing(str(name))
        _one(found, flags.on("verbose"))
        return 0
    several, manifests = (
        (True, lists.all(name)) if lists.has(name) else fetch(context.client, name, flags.on("insecure"))
    )
    if several:
        _list(manifests, flags.on("verbose"))
    else:
        _one(manifests[0], flags.on("verbose"))
    return 0


def _one(manifest: dict[str, Any], verbose: bool) -> None:
    from hutch.cli.manifest.forms import raw
    from hutch.model import json_text

    shown = manifest if verbose else json_text.decode(raw(manifest).decode("utf-8", "replace"))
    print(json_text.indent(shown, "\t"))


def _list(manifests: list[dict[str, Any]], verbose: bool) -> None:
    from hutch.cli.manifest.forms import listed
    from hutch.model import json_text

    print(json_text.indent(manifests, "\t") if verbose else listed(manifests)[0].decode())
