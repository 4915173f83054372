"""What a request says about the container's place on a network, checked; and how ``inspect`` shows it. Pure."""

from __future__ import annotations

import ipaddress
from typing import Any

from hutch.model.container import encode
from hutch.model.endpoint import EndpointIPAMConfig, EndpointSettings, NetworkingConfig
from hutch.model.errors import Invalid, Unsupported
from hutch.model.host_config import HostConfig

Json = dict[str, Any]
_PREDEFINED = ("bridge", "host", "none")


def of(networking: NetworkingConfig, mode: str) -> EndpointSettings:
    """What is asked for on the network that the mode names."""
    asked = networking.endpoints_config or {}
    found = asked.get(mode) or (asked.get("default") if mode == "bridge" else None)
    return found or EndpointSettings()


def check(networking: NetworkingConfig, host: HostConfig) -> None:
    """Raise Unsupported for more than one network and for what this engine cannot do on it, Invalid for the endpoint
    of a network that is not the container's and for addresses that are none or cannot be had there.

    That there is no such network is found out by the start, as with dockerd: it may be made until then. (To a client,
    NotFound from ``create`` would mean that the image is missing, and it would pull it.)
    """
    wanted = set(networking.endpoints_config or {}) - {"default"}
    mode = host.network_mode
    if wanted and mode == "bridge" and wanted != {"bridge"} and len(wanted) == 1:
        raise Invalid(f"network {wanted.pop()} not found")
    if len(wanted - {mode}) > 0 and not mode.startswith("container:"):
        raise Unsupported("more than one network for a container is not supported by this engine")
    if mode not in _PREDEFINED:
        return
    endpoint = of(networking, mode)
    ipam = endpoint.ipam_config or EndpointIPAMConfig()
    _addresses(ipam, mode)
    if ipam.link_local_ips:
        raise Unsupported("link-local addresses (--link-local-ip): not supported by this engine")
    if endpoint.driver_opts:
        raise Unsupported("options of a network driver (driver-opt): not supported by this engine")


def _addresses(ipam: EndpointIPAMConfig, mode: str) -> None:
    """The default bridge gives a fixed IPv4 address; the other networks that are always there have none to give."""
    problems = []
    if ipam.ipv6_address or (ipam.ipv4_address and mode != "bridge"):
        problems.append("user specified IP address is supported on user defined networks only")
    texts = [("IPv4", ipam.ipv4_address, ipaddress.IPv4Address), ("IPv6", ipam.ipv6_address, ipaddress.IPv6Address)]
    for kind, text, parse in texts:
        try:
            parse(text or ("::" if kind == "IPv6" else "0.0.0.0"))
        except ValueError:
            problems.append(f"invalid {kind} address: {text}")
    for text in ipam.link_local_ips or ():
        try:
            ipaddress.ip_address(text)
        except ValueError:
            problems.append(f"invalid link-local IP address: {text}")
    if problems:
        lines = problems if len(problems) == 1 else [f"* {problem}" for problem in problems]
        raise Invalid("\n".join([f"invalid config for network {mode}: invalid endpoint settings:", *lines]))


def hardware_address(networking: NetworkingConfig, host: HostConfig) -> str:
    """The MAC address asked for on the default bridge, which clients look for in the container's Config."""
    return of(networking, host.network_mode).mac_address if host.network_mode == "bridge" else ""


def shown(endpoint: EndpointSettings, settings: Json) -> Json:
    """The EndpointSettings of ``inspect``, with what was asked for."""
    return {
        **settings,
        "IPAMConfig": encode(endpoint.ipam_config) if endpoint.ipam_config is not None else None,
        "Links": endpoint.links,
        "Aliases": endpoint.aliases,
        "MacAddress": settings["MacAddress"] or endpoint.mac_address,
        "DriverOpts": endpoint.driver_opts,
        "GwPriority": endpoint.gw_priority,
    }
