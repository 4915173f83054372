"""What a user may ask of one network (EndpointSettings of a create request): checks and driver options. Pure.

Error texts are Docker's.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence

from hutch.model.endpoint import EndpointIPAMConfig, EndpointSettings
from hutch.model.errors import Invalid, Unsupported
from hutch.network.ipam import parse_mac

SYSCTLS = "com.docker.network.endpoint.sysctls"
INTERFACE = "com.docker.network.endpoint.ifname"
_SYSCTL = re.compile(r"net\.(ipv4|ipv6|mpls)\.([a-z0-9_]+)\.ifname\.([a-z0-9_]+)=(.*)", re.DOTALL | re.IGNORECASE)
"""Letters of any case: the docker command makes them all small."""
_NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,14}")
_LINK_LOCAL = ipaddress.IPv4Network("169.254.0.0/16")


def check(network: str, asked: EndpointSettings, mac: str = "") -> None:
    """Raise Invalid for what cannot be on the predefined ``network``, all of it at once; ``mac`` is the Config's.

    Raises Unsupported for what this engine does not do.
    """
    wrong = [*_addresses(network, asked), *_options(asked)]
    if wrong:
        lines = wrong if len(wrong) == 1 else [f"* {line}" for line in wrong]
        raise Invalid(f"invalid config for network {network}: invalid endpoint settings:\n" + "\n".join(lines))
    for text in filter(None, (asked.mac_address, mac)):
        try:
            parse_mac(text)
        except Invalid:
            raise Invalid(f"invalid config for network {network}: invalid MAC address {text}") from None
    if asked.links:
        raise Unsupported("links (--link): not supported by this engine")


def _addresses(network: str, asked: EndpointSettings) -> list[str]:
    ipam = asked.ipam_config or EndpointIPAMConfig()
    # The default bridge gives a fixed IPv4 address, which Docker's does on networks of the user's own alone.
    static = bool(ipam.ipv6_address or (ipam.ipv4_address and network != "bridge"))
    wrong = ["user specified IP address is supported on user defined networks only"] if static else []
    if asked.aliases:
        wrong.append("network-scoped alias is supported only for containers in user defined networks")
    for version, text in (("IPv4", ipam.ipv4_address), ("IPv6", ipam.ipv6_address)):
        if text and not _is_address(text, version):
            wrong.append(f"invalid {version} address: {text}")
    for text in ipam.link_local_ips or ():
        if not _is_address(text):
            wrong.append(f"invalid link-local IP address: {text}")
        elif not _is_address(text, "IPv4") or ipaddress.IPv4Address(text) not in _LINK_LOCAL:
            raise Unsupported(f"link-local address {text}: only those of {_LINK_LOCAL} are supported by this engine")
    if static and not network.startswith("container:"):
        subnets = "networks with user configured subnets"
        wrong.append(f"user specified IP address is supported only when connecting to {subnets}")
    return wrong


def _is_address(text: str, version: str = "") -> bool:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return version in ("", f"IPv{found.version}")


def _options(asked: EndpointSettings) -> list[str]:
    try:
        read(asked.driver_opts or {})
    except Invalid as error:
        return [error.message]
    return []


def read(options: Mapping[str, str]) -> tuple[str, Sequence[tuple[str, str]]]:
    """(name of the interface in the container, parameters of it as path and value) that driver options ask for.

    Other options are of other drivers and change nothing, as with dockerd. Raises Invalid.
    """
    name = options.get(INTERFACE) or "eth0"
    if not _NAME.fullmatch(name) or name == "lo":
        raise Invalid(f"invalid interface name: {name}")
    pairs = []
    for entry in filter(None, options.get(SYSCTLS, "").split(",")):
        found = _SYSCTL.fullmatch(entry)
        if found is None:
            form = "represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'"
            raise Invalid(f"unrecognised network interface sysctl '{entry}'; {form}")
        family, folder, key, value = found.groups()
        pairs.append((f"/proc/sys/net/{family.lower()}/{folder.lower()}/{name}/{key.lower()}", value))
    return name, pairs
