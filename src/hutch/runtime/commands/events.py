"""``events``: resource use and out-of-memory events of a container, one JSON object a line."""

from __future__ import annotations

import sys
import time

from hutch.model import json_text
from hutch.model.errors import Conflict, Invalid
from hutch.runtime import state
from hutch.runtime.arguments import Options, Parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OPTIONS = Options(flags="stats", values="interval")


def run(root: str, parsed: Parsed) -> int:
    """Print one set of figures with ``--stats``, else a set at every interval until the container ends."""
    container = state.load(root, parsed.the_id("events"))
    if container.status() == "stopped":
        raise Conflict(f"container with id {container.id} is not running")
    cgroup = container.cgroup()
    if "stats" in parsed.flags:
        _print("stats", container.id, cgroup.stats())
        return 0
    interval = seconds(parsed.value("interval", "5s"))
    kills = cgroup.oom_count()
    while container.status() != "stopped":
        if (count := cgroup.oom_count()) > kills:
            kills = count
            _print("oom", container.id, None)
        _print("stats", container.id, cgroup.stats())
        time.sleep(interval)
    return 0


def _print(kind: str, name: str, data: dict[str, Any] | None) -> None:
    event: dict[str, Any] = {"type": kind, "id": name}
    if data is not None:
        event["data"] = data
    sys.stdout.write(json_text.encode(event) + "\n")
    sys.stdout.flush()


def seconds(text: str) -> float:
    """A duration such as 500ms, 5s, 2m. Raises Invalid."""
    for suffix, factor in (("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)):
        if text.endswith(suffix):
            try:
                value = float(text.removesuffix(suffix)) * factor
            except ValueError:
                break
            if 0.01 <= value <= 86400:
                return value
            break
    raise Invalid(f"invalid duration {text!r}")
