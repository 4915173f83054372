"""HostConfig.NetworkMode: which kind of network it names, and what may not be combined with it. Pure.

Error texts are Docker's.
"""

from __future__ import annotations

from typing import Any

from hutch.model.errors import Invalid, NotFound

PREDEFINED = ("bridge", "host", "none")


class Mode:
    """``kind`` is bridge, host, none or container; ``container`` the reference given in ``container:X``."""

    __slots__ = ("container", "kind")

    def __init__(self, kind: str, container: str = "") -> None:
        self.kind = kind
        self.container = container


def parse(text: str) -> Mode:
    """The mode. Raises NotFound for a network that does not exist, Invalid for ``container:`` without a name."""
    if text in ("", "default", "bridge"):
        return Mode("bridge")
    if text in ("host", "none"):
        return Mode(text)
    if text.startswith("container:"):
        name = text.partition(":")[2]
        if not name:
            raise Invalid("invalid container format container:<name|id>")
        return Mode("container", name)
    raise NotFound(f"network {text} not found")


def check(mode: Mode, config: dict[str, Any], host: dict[str, Any]) -> None:
    """Raise Invalid for a create body whose options cannot go with its network mode."""
    if mode.kind == "container":
        _check_container(config, host)
    if mode.kind in ("container", "host") and config.get("MacAddress"):
        raise Invalid("conflicting options: mac-address and the network mode")
    if mode.kind == "host" and host.get("Links"):
        raise Invalid(
            "conflicting options: host type networking can't be used with links. "
            "This would result in undefined behavior"
        )


def _check_container(config: dict[str, Any], host: dict[str, Any]) -> None:
    if config.get("Hostname"):
        raise Invalid("conflicting options: hostname and the network mode")
    if host.get("Links"):
        raise Invalid(
            "conflicting options: container type network can't be used with links. "
            "This would result in undefined behavior"
        )
    if host.get("Dns"):
        raise Invalid("conflicting options: dns and the network mode")
    if host.get("ExtraHosts"):
        raise Invalid("conflicting options: custom host-to-IP mapping and the network mode")
    if host.get("PortBindings") or host.get("PublishAllPorts"):
        raise Invalid("conflicting options: port publishing and the container type network mode")
    if config.get("ExposedPorts"):
        raise Invalid("conflicting options: port exposing and the container type network mode")
