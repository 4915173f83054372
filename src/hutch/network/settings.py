"""The daemon's network options, under dockerd's names. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from hutch.model.errors import Invalid
from hutch.model.ports import is_address

DEFAULT_BRIDGE = "hutch0"
NO_BRIDGE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """dockerd(8), the options for the default bridge network."""

    bridge: str = DEFAULT_BRIDGE
    """``--bridge``; "none" for no bridge network at all."""
    bip: str = ""
    fixed_cidr: str = ""
    default_gateway: str = ""
    mtu: int = 1500
    icc: bool = True
    default_ip: str = ""
    """``--ip``: the host address of ``-p`` without address; "" for all."""
    ip_forward: bool = True
    ip_masq: bool = True
    iptables: bool = True
    firewall_backend: str = ""
    """``--firewall-backend``: nftables or iptables; "" for whichever there is."""
    userland_proxy: bool = True
    host_gateway_ip: str = ""
    """``--host-gateway-ip``; "" for the bridge's own address."""


def check(settings: NetworkSettings) -> None:
    """Raise Invalid for an option whose value cannot be, naming the option."""
    name = settings.bridge
    if not 0 < len(name.encode()) < 16 or name in (".", "..") or any(c.isspace() or c in '/"\\:*%' for c in name):
        raise Invalid(f"invalid --bridge {name!r}: an interface name of at most 15 characters is needed")
    if not 68 <= settings.mtu <= 65535:
        raise Invalid(f"invalid --mtu {settings.mtu}: it must be between 68 and 65535")
    for option, value in (("--ip", settings.default_ip), ("--host-gateway-ip", settings.host_gateway_ip)):
        if value and not is_address(value):
            raise Invalid(f"invalid {option} {value}: an IP address is needed")
    if settings.default_gateway:
        try:
            ipaddress.IPv4Address(settings.default_gateway)
        except ValueError:
            raise Invalid(f"invalid --default-gateway {settings.default_gateway}: an IPv4 address is needed") from None
    if settings.bridge == NO_BRIDGE and settings.bip:
        raise Invalid("you specified --bip with --bridge=none: they exclude each other")
