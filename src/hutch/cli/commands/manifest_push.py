"""``hutch manifest push``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] MANIFEST_LIST"
FLAGS = """\
insecure bool the registry may be one without a trusted certificate
purge,p bool remove the local list afterwards
"""
ARGUMENTS: tuple[int, int | None] = (1, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Sends a local list, the manifests in it, and what they need of other repositories of the same registry."""
    import base64

    from hutch.cli.credentials import Keyring
    from hutch.cli.errors import CommandError, EngineError
    from hutch.cli.manifest.forms import listed
    from hutch.cli.manifest.registry import PATH, explained
    from hutch.cli.manifest.store import Lists, normalized
    from hutch.model import json_text

    client = context.client
    lists = Lists(client.settings)
    target = normalized(arguments[0])
    manifests = lists.all(target)
    for manifest in manifests:
        where = manifest["Descriptor"].get("platform") or {}
        if not where.get("os") or not where.get("architecture"):
            raise CommandError(
                f"manifest {manifest['Ref']} must have an OS and Architecture to be pushed to a registry"
            )
    content, kind = listed(manifests)
    parts = [{"Ref": m["Ref"], "MediaType": m["Descriptor"]["mediaType"], "Raw": m["Raw"]} for m in manifests]
    body = {"List": base64.b64encode(content).decode(), "MediaType": kind, "Manifests": parts}
    query = {"name": str(target), "insecure": "1" if flags.on("insecure") else ""}
    try:
        answer = client.request("POST", PATH, query, body, (Keyring(client.settings).header(str(target)),)).read()
    except EngineError as error:
        raise explained(error) from None
    done = json_text.decode(answer.decode("utf-8", "replace"))
    for digest in done["Pushed"]:
        print(f"Pushed ref {target.name}@{digest} with digest: {digest}")
    print(done["Digest"])
    if flags.on("purge"):
        lists.remove(target)
    return 0
