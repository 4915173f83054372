"""Device nodes and device rules of a container."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from hutch.model.errors import Invalid
from hutch.model.host_config import DeviceMapping, HostConfig


class HostDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device node found on the host, as a value: ``path`` is where the container gets it, ``kind`` b or c."""

    path: str
    kind: str
    major: int
    minor: int
    mode: int = 0o666
    uid: int = 0
    gid: int = 0
    access: str = "rwm"

    def node(self) -> dict[str, Any]:
        """The element of ``linux.devices``."""
        return {
            "path": self.path,
            "type": self.kind,
            "major": self.major,
            "minor": self.minor,
            "fileMode": self.mode,
            "uid": self.uid,
            "gid": self.gid,
        }

    def rule(self) -> dict[str, Any]:
        """The element of ``linux.resources.devices``."""
        return _allow(self.kind, self.major, self.minor, self.access)


def _allow(kind: str, major: int, minor: int, access: str = "rwm") -> dict[str, Any]:
    return {"allow": True, "type": kind, "major": major, "minor": minor, "access": access}


_DENY_ALL = {"allow": False, "access": "rwm"}
_DEFAULT = (
    _DENY_ALL,
    *(_allow("c", major, minor) for major, minor in ((1, 5), (1, 3), (1, 9), (1, 8), (5, 0), (5, 1))),
    {"allow": False, "type": "c", "major": 10, "minor": 229, "access": "rwm"},
)


def rules(host: HostConfig, devices: Iterable[HostDevice]) -> list[dict[str, Any]]:
    """``linux.resources.devices``: nothing but the default devices, the container's own, and the given rules; all
    when privileged. Raises Invalid for a malformed rule."""
    extra = [rule for text in host.device_cgroup_rules or () for rule in _both(parse_rule(text))]
    if host.privileged:
        return [{"allow": True, "access": "rwm"}, *extra]
    return [*(dict(r) for r in _DEFAULT), *(d.rule() for d in devices), *extra]


def _both(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """A rule for both types as the kernel knows it: it takes type a for everything only."""
    if rule["type"] != "a" or (len(rule) == 3 and set(rule["access"]) == set("rwm")):
        return [rule]
    return [{**rule, "type": kind} for kind in "bc"]


def parse_rule(text: str) -> dict[str, Any]:
    """The rule of ``--device-cgroup-rule "c 1:3 mr"``. Raises Invalid in Docker's words."""
    parts = text.split(" ")
    major, colon, minor = parts[1].partition(":") if len(parts) == 3 else ("", "", "")
    access = parts[2] if len(parts) == 3 else ""
    if (
        not colon
        or parts[0] not in ("a", "b", "c")
        or not all(n == "*" or (n.isascii() and n.isdigit() and len(n) < 10) for n in (major, minor))
        or not 1 <= len(access) <= 3
        or set(access) - set("rwm")
    ):
        raise Invalid(f"invalid device cgroup rule format: '{text}'")
    rule: dict[str, Any] = {"allow": True, "type": parts[0], "access": access}
    for key, n in (("major", major), ("minor", minor)):
        if n != "*":
            rule[key] = int(n)
    return rule


def check_mapping(mapping: DeviceMapping) -> str:
    """The access letters of a ``--device`` (rwm when none are given). Raises Invalid for other letters."""
    access = mapping.cgroup_permissions or "rwm"
    if set(access) - set("rwm") or len(set(access)) != len(access):
        raise Invalid(f"invalid device mode: {access}", hint="it must be letters of rwm")
    if not mapping.path_in_container.startswith("/"):
        raise Invalid(f"invalid device path in the container: {mapping.path_in_container!r} is not absolute")
    return access


def place(mapping: DeviceMapping, found: str) -> str:
    """Where a node ``found`` at or below the mapping's host path goes in the container."""
    host = mapping.path_on_host.rstrip("/")
    target = mapping.path_in_container.rstrip("/")
    return target if found == host else target + found.removeprefix(host)
