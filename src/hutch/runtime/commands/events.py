"""``events``: resource use and out-of-memory events of a container, one JSON object a line."""

from __future__ import annotations

import os
import select
import sys
import time

from hutch.linux import process
from hutch.model import json_text
from hutch.model.errors import Conflict, Invalid
from hutch.runtime import state
from hutch.runtime.arguments import Options, Parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.runtime.cgroups.cgroup import Cgroup

OPTIONS = Options(flags="stats", values="interval")


def run(root: str, parsed: Parsed) -> int:
    """Print one set of figures with ``--stats``, else a set at every interval until the container ends."""
    container = state.load(root, parsed.the_id())
    if container.status() == "stopped":
        raise Conflict(f"container with id {container.id} is not running")
    cgroup = container.cgroup()
    if "stats" in parsed.flags:
        _print("stats", container.id, cgroup.report())
        return 0
    interval = seconds(parsed.value("interval", "5s"))
    _follow(container, cgroup, interval)
    return 0


def _follow(container: state.Container, cgroup: Cgroup, interval: float) -> None:
    """Figures at every interval, out-of-memory events as they happen, until the container's init has ended."""
    watch = cgroup.watch_oom()
    pidfd = process.pidfd_open(container.pid)
    poll = select.poll()
    poll.register(watch.fd, select.POLLIN)
    poll.register(pidfd, select.POLLIN)
    try:
        kills = cgroup.oom_count()
        following = time.monotonic()
        attentive = 0.0
        while container.status() != "stopped":
            if time.monotonic() >= following:
                following += interval
                _print("stats", container.id, cgroup.report())
            now = time.monotonic()
            wait = max(0.0, following - now)
            ready = poll.poll((min(wait, 0.05) if now < attentive else wait) * 1000)
            if (watch.fd, select.POLLIN) in ready:
                # v1 speaks when the memory has run out, before the victim is chosen and counted: look again soon.
                attentive = time.monotonic() + 2
                watch.drain()
            # Counted, not just noticed: on v1 the watch also speaks when the cgroup is removed.
            if (count := cgroup.oom_count()) > kills:
                kills = count
                _print("oom", container.id, None)
    finally:
        os.close(pidfd)
        watch.close()


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
