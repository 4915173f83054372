"""``hutch manifest annotate``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] MANIFEST_LIST MANIFEST"
FLAGS = """\
arch string architecture of the image
os string operating system of the image
os-features strings feature of the operating system that the image needs
os-version string version of the operating system
variant string variant of the architecture
"""
ARGUMENTS: tuple[int, int | None] = (2, 2)
INTERSPERSED = True
_FIELDS = (("os", "os"), ("arch", "architecture"), ("variant", "variant"), ("os-version", "os.version"))


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Changes the platform of a manifest in a local list."""
    from hutch.cli.errors import CommandError
    from hutch.cli.manifest.forms import entry, is_machine
    from hutch.cli.manifest.store import Lists, normalized

    lists = Lists(context.client.settings)
    target, name = (normalized(argument) for argument in arguments)
    found = lists.get(target, name)
    if found is None:
        raise CommandError(f"manifest for image {arguments[1]} does not exist in {arguments[0]}")
    where = dict(found["Descriptor"].get("platform") or {})
    for flag, key in _FIELDS:
        if flags.text(flag):
            where[key] = flags.text(flag)
    features = list(where.get("os.features") or ())
    where["os.features"] = features + [one for one in flags.list("os-features") if one not in features]
    if not is_machine(str(where.get("os", "")), str(where.get("architecture", ""))):
        pair = f"{flags.text('os')}/{flags.text('arch')}"
        raise CommandError(f"manifest entry for image has unsupported os/arch combination: {pair}")
    found["Descriptor"]["platform"] = where
    lists.save(target, name, entry(found))
    return 0
