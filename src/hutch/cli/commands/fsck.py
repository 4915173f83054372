"""``hutch fsck``."""

from __future__ import annotations

import sys

from hutch.cli.client import objects
from hutch.cli.errors import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
quick bool look only at what is there, read no content
repair bool mend what is damaged: unpack layers again, pull images again, remove what nobody needs
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True

MENDED, LEFT, FAILED = 1, 4, 8
"""Exit codes, those of fsck(8)."""


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints a line for each damage; exits with 0 if there is none, 1 if all is mended, 4 if some is left, 8 if the
    check itself failed."""
    del arguments
    query = {"quick": flags.on("quick"), "repair": flags.on("repair")}
    code = FAILED
    try:
        for item in objects(context.client.request("POST", "/hutch/fsck", query)):
            if "error" in item or "errorDetail" in item:
                raise CommandError(str(item.get("error") or item["errorDetail"].get("message")), FAILED)
            if "summary" in item:
                code = _summary(item["summary"])
            else:
                _tell(item)
    except CommandError as error:
        raise CommandError(error.message, FAILED) from None
    return code


def _tell(item: Any) -> None:
    if damage := item.get("damage"):
        users = f" [{', '.join(damage['Images'])}]" if damage["Images"] else ""
        sys.stdout.write(f"{damage['Kind']} {damage['Subject']}: {damage['What']}{users}\n")
    elif mended := item.get("mended"):
        sys.stdout.write(f"mended: {mended['Kind']} {mended['Subject']}\n")
    elif left := item.get("left"):
        sys.stdout.write(f"left: {left['Kind']} {left['Subject']}: {left['Why']}\n")
    elif sys.stderr.isatty() and "status" in item:
        sys.stderr.write(f"\r\x1b[K{item['status']} {item.get('id', '')}\r")


def _summary(summary: Any) -> int:
    found, mended = summary["Found"], summary["Mended"]
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    checked = f"{summary['Images']} images and {summary['Layers']} layers"
    if not found:
        sys.stdout.write(f"{checked}: no damage\n")
        return 0
    sys.stdout.write(f"{checked}: {found} damaged, {mended} mended\n")
    return MENDED if mended == found else LEFT
