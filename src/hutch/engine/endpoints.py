"""Which network a request puts the container on, what it asks for there, and how ``inspect`` shows that. Pure."""

from __future__ import annotations

from typing import Any

from hutch.model.container import encode
from hutch.model.endpoint import EndpointSettings, NetworkingConfig
from hutch.model.errors import Invalid, Unsupported
from hutch.model.host_config import HostConfig
from hutch.network import endpoint
from hutch.network.mode import PREDEFINED

Json = dict[str, Any]


def of(networking: NetworkingConfig, mode: str) -> EndpointSettings:
    """What is asked for on the network that the mode names."""
    asked = networking.endpoints_config or {}
    names = ("bridge", "default") if mode in ("bridge", "default") else (mode,)
    found = next((asked[name] for name in names if asked.get(name)), None)
    return found or EndpointSettings()


def check(networking: NetworkingConfig, host: HostConfig, mac: str = "") -> None:
    """Raise Unsupported for more than one network, Invalid for the endpoint of one that is not the container's, or
    for what cannot be asked of the one it is on; ``mac`` is the Config's.

    That there is no such network is found out by the start, as with dockerd: it may be made until then. (To a client,
    NotFound from ``create`` would mean that the image is missing, and it would pull it.)
    """
    wanted = set(networking.endpoints_config or {}) - {"default"}
    mode = "bridge" if host.network_mode == "default" else host.network_mode
    if wanted and mode == "bridge" and wanted != {"bridge"} and len(wanted) == 1:
        raise Invalid(f"network {wanted.pop()} not found")
    if len(wanted - {mode}) > 0 and not mode.startswith("container:"):
        raise Unsupported("more than one network for a container is not supported by this engine")
    if mode in PREDEFINED or mode.startswith("container:"):
        endpoint.check(mode, of(networking, mode), mac)


def hardware_address(networking: NetworkingConfig, host: HostConfig) -> str:
    """The MAC address asked for on the default bridge, which clients look for in the container's Config."""
    return of(networking, host.network_mode).mac_address if host.network_mode == "bridge" else ""


def shown(asked: EndpointSettings, settings: Json) -> Json:
    """The EndpointSettings of ``inspect``, with what was asked for."""
    return {
        **settings,
        "IPAMConfig": encode(asked.ipam_config) if asked.ipam_config is not None else None,
        "Links": asked.links,
        "Aliases": asked.aliases,
        "MacAddress": settings["MacAddress"] or asked.mac_address,
        "DriverOpts": asked.driver_opts,
        "GwPriority": asked.gw_priority,
    }
