"""``ps``: the processes of a container."""

from __future__ import annotations

import subprocess
import sys

from hutch.model import json_text
from hutch.model.errors import Invalid, System
from hutch.runtime import state
from hutch.runtime.arguments import Options, Parsed

OPTIONS = Options(values="format", short="f=format")

_PS = "/bin/ps"


def run(root: str, parsed: Parsed) -> int:
    """Print them: as JSON the ids, else the lines of ps(1) that are about them."""
    container = state.load(root, parsed.the_id())
    pids = container.pids()
    form = parsed.value("format", "table")
    if form == "json":
        sys.stdout.write(json_text.encode(pids) + "\n")
        return 0
    if form != "table":
        raise Invalid("invalid format option")
    options = parsed.args[1:] or ["-ef"]
    result = subprocess.run([_PS, *options], capture_output=True, text=True, check=False, env={"LC_ALL": "C.UTF-8"})
    if result.returncode:
        raise System(f"ps: {result.stderr.strip()}")
    sys.stdout.write(select(result.stdout, pids))
    return 0


def select(text: str, pids: list[int]) -> str:
    """The header of ps(1)'s output and the lines whose PID column is one of ``pids``. Raises Invalid. Pure."""
    lines = text.splitlines()
    header = lines[0].split() if lines else []
    if "PID" not in header:
        raise Invalid("couldn't find PID field in ps output")
    column = header.index("PID")
    wanted = {str(pid) for pid in pids}
    chosen = [line for line in lines[1:] if len(line.split()) > column and line.split()[column] in wanted]
    return "\n".join([lines[0], *chosen]) + "\n"
