"""What a registry says, asked through the engine."""

from __future__ import annotations

from hutch.cli.errors import CommandError, EngineError
from hutch.cli.manifest.forms import entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.client import Client
    from hutch.model.reference import Reference

    Json = dict[str, Any]

PATH = "/hutch/manifests"


def fetch(client: Client, name: Reference, insecure: bool) -> tuple[bool, list[Json]]:
    """(whether the name leads to a list, its manifests in the form of a local list). Raises CommandError."""
    from hutch.cli.credentials import Keyring
    from hutch.model import json_text

    header = Keyring(client.settings).header(str(name))
    query = {"name": str(name), "insecure": "1" if insecure else ""}
    try:
        answer = client.request("GET", PATH, query, None, (header,)).read()
    except EngineError as error:
        raise explained(error) from None
    found = json_text.decode(answer.decode("utf-8", "replace"))
    return bool(found["List"]), [entry(manifest) for manifest in found["Manifests"]]


def explained(error: EngineError) -> CommandError:
    """The engine's reason alone, as of a command that asks the registry itself."""
    if error.status == 404 and not error.reason.startswith("no such manifest"):
        return CommandError(
            "this engine cannot work on manifests: only hutch's can, towards others use docker manifest"
        )
    return CommandError(error.reason)
