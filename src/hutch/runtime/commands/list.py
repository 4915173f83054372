"""``list``: the containers of this ``--root``."""

from __future__ import annotations

import os
import sys

from hutch.model import json_text
from hutch.model.errors import Invalid, NotFound
from hutch.runtime import state
from hutch.runtime.arguments import Options, Parsed

OPTIONS = Options(flags="quiet", values="format", short="q=quiet f=format")


def run(root: str, parsed: Parsed) -> int:
    """Print them. Raises NotFound for a ``--root`` that does not exist."""
    if "root" in parsed.given and not os.path.isdir(root):
        raise NotFound(f"open {root}: no such file or directory")
    entries = [{**container.to_oci(), "owner": container.owner()} for container in state.load_all(root)]
    form = parsed.value("format", "table")
    if "quiet" in parsed.flags:
        sys.stdout.write("".join(f"{entry['id']}\n" for entry in entries))
    elif form == "json":
        sys.stdout.write(json_text.encode(entries or None) + "\n")
    elif form == "table":
        rows = [(e["id"], str(e["pid"]), e["status"], e["bundle"], e["created"], e["owner"]) for e in entries]
        sys.stdout.write(table([("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"), *rows]))
    else:
        raise Invalid("invalid format option")
    return 0


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows as columns of at least 12 characters, as Go's tabwriter sets runc's. Pure."""
    widths = [max(12, *(len(row[i]) + 3 for row in rows)) for i in range(len(rows[0]))]
    lines = ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines) + "\n"
