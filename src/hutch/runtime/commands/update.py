"""``update``: change the resource limits of a container."""

from __future__ import annotations

import sys

from hutch.model import json_text
from hutch.model.errors import Conflict, HutchError, Invalid, Unsupported
from hutch.model.undo import suppress
from hutch.runtime import bundle, state
from hutch.runtime.arguments import Options, Parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OPTIONS = Options(
    values="resources blkio-weight cpu-period cpu-quota cpu-burst cpu-share cpu-rt-period cpu-rt-runtime cpuset-cpus "
    "cpuset-mems memory memory-reservation memory-swap pids-limit cpu-idle l3-cache-schema mem-bw-schema",
    short="r=resources",
)

_INTEL = ("l3-cache-schema", "mem-bw-schema")
_NUMBERS = {
    "blkio-weight": ("blockIO", "weight"),
    "cpu-period": ("cpu", "period"),
    "cpu-quota": ("cpu", "quota"),
    "cpu-burst": ("cpu", "burst"),
    "cpu-share": ("cpu", "shares"),
    "cpu-rt-period": ("cpu", "realtimePeriod"),
    "cpu-rt-runtime": ("cpu", "realtimeRuntime"),
    "cpu-idle": ("cpu", "idle"),
    "memory": ("memory", "limit"),
    "memory-reservation": ("memory", "reservation"),
    "memory-swap": ("memory", "swap"),
    "pids-limit": ("pids", "limit"),
}


def run(root: str, parsed: Parsed) -> int:
    """Apply the limits, and keep them in the container's config."""
    container = state.load(root, parsed.the_id())
    if container.status() == "stopped":
        raise Conflict("container not running")
    for option in _INTEL:
        if option in parsed.values:
            raise Unsupported(f"--{option}: Intel RDT is not supported")
    resources = wanted(parsed)
    config = container.config()
    cgroup = container.cgroup()
    before = (config.get("linux") or {}).get("resources") or {}
    try:
        cgroup.apply(resources)
    except (HutchError, OSError):
        # Some may be in force by now: back to what was, as far as the config names it.
        with suppress(HutchError, OSError):
            cgroup.apply({key: before[key] for key in resources if key in before})
        raise
    merged = config["linux"].setdefault("resources", {})
    for key, value in resources.items():
        merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    state.write(f"{container.folder}/config.json", config)
    return 0


def wanted(parsed: Parsed) -> dict[str, Any]:
    """The OCI ``resources`` that the options ask for. Raises Invalid."""
    if path := parsed.value("resources"):
        if path != "-":
            return bundle.read_json(path)
        value: dict[str, Any] = json_text.decode(sys.stdin.read())
        if not isinstance(value, dict):
            raise Invalid("the resources on standard input are not a JSON object")
        return value
    resources: dict[str, Any] = {}
    for option, (group, key) in _NUMBERS.items():
        if option in parsed.values:
            resources.setdefault(group, {})[key] = number(option, parsed.values[option])
    for option, key in (("cpuset-cpus", "cpus"), ("cpuset-mems", "mems")):
        if option in parsed.values:
            resources.setdefault("cpu", {})[key] = parsed.values[option]
    return resources


_UNITS = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def number(option: str, text: str) -> int:
    """A number, for the memory options with an optional unit (512m). Raises Invalid."""
    unit = 1
    digits = text
    if option.startswith("memory") and text and text[-1:].lower() in _UNITS:
        unit = _UNITS[text[-1:].lower()]
        digits = text[:-1]
    try:
        return int(digits) * unit
    except ValueError:
        raise Invalid(f"invalid value for {option}: invalid size: {text!r}") from None
