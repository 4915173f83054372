"""devices (v1): the allow and deny lists."""

from __future__ import annotations

from hutch.runtime.cgroups.device_rules import effective
from hutch.runtime.cgroups.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plan(resources: dict[str, Any]) -> list[Write]:
    """One write for each device rule, in order; nothing when the config has no rules."""
    return [
        Write("devices", "devices.allow" if rule.allow else "devices.deny", rule.text())
        for rule in effective(resources.get("devices"))
    ]
