"""Which addresses: pools that do not collide with the host's routes, free addresses in a pool. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable

from hutch.model.errors import Invalid, Unavailable

Network = ipaddress.IPv4Network
Address = ipaddress.IPv4Address

_DEFAULT_LIKE = 4
"""Routes of up to this prefix length (0/1 and 128/1 of a VPN) carry "everything" and block no pool."""


def default_pools() -> list[Network]:
    """Docker's default pools for local networks, in its order: 172.17/16 to 172.31/16, then 192.168.0.0/16 in /20s."""
    pools = [Network((f"172.{second}.0.0", 16)) for second in range(17, 32)]
    return pools + list(Network("192.168.0.0/16").subnets(new_prefix=20))


def choose_pool(pools: Iterable[Network], routes: Collection[Network]) -> Network:
    """The first pool that overlaps no route of the host. Raises Unavailable when all do (Docker's text)."""
    blocking = [r for r in routes if r.prefixlen > _DEFAULT_LIKE]
    for pool in pools:
        if not any(pool.overlaps(route) for route in blocking):
            return pool
    raise Unavailable("all predefined address pools have been fully subnetted")


class Pool:
    """The addresses of one network: its subnet, the bridge's own address, and the part handed to containers."""

    __slots__ = ("gateway", "reserved", "span", "subnet")

    def __init__(self, subnet: Network, gateway: Address, span: Network, reserved: Collection[Address] = ()) -> None:
        self.subnet = subnet
        self.gateway = gateway
        self.span = span
        edges = {subnet.network_address, subnet.broadcast_address} if subnet.prefixlen < 31 else set()
        self.reserved = frozenset({gateway, *reserved, *edges})


def plan_pool(bip: str, fixed_cidr: str, default_gateway: str, chosen: Network) -> Pool:
    """The pool of the default bridge from ``--bip``, ``--fixed-cidr``, ``--default-gateway``, or else ``chosen``.

    As with dockerd, ``--fixed-cidr`` alone is the whole subnet, and within that of ``--bip`` its first address is a
    container's as any other.

    Raises Invalid naming the option that does not fit.
    """
    if bip:
        try:
            own = ipaddress.IPv4Interface(bip)
        except ValueError:
            raise Invalid(f"invalid --bip {bip}: an IPv4 address with prefix is needed, such as 10.1.0.1/24") from None
        if "/" not in bip or own.network.prefixlen > 30 or own.ip == own.network.network_address:
            raise Invalid(f"invalid --bip {bip}: a host address with a prefix of at most 30 is needed")
        subnet, gateway = own.network, own.ip
    elif fixed_cidr:
        subnet = _network(fixed_cidr)
        if subnet.prefixlen > 30:
            raise Invalid(f"invalid --fixed-cidr {fixed_cidr}: a prefix of at most 30 is needed")
        gateway = subnet.network_address + 1
    else:
        subnet, gateway = chosen, chosen.network_address + 1
    reserved = []
    if default_gateway:
        reserved.append(_inside("--default-gateway", default_gateway, subnet))
    span = subnet
    if fixed_cidr:
        span = _network(fixed_cidr)
        if not span.subnet_of(subnet):
            raise Invalid(f"invalid --fixed-cidr {fixed_cidr}: it is not within the subnet {subnet}")
    return Pool(subnet, gateway, span, reserved)


def _network(fixed_cidr: str) -> Network:
    try:
        return Network(fixed_cidr, strict=False)
    except ValueError:
        raise Invalid(f"invalid --fixed-cidr {fixed_cidr}: an IPv4 network is needed") from None


def _inside(option: str, text: str, subnet: Network) -> Address:
    try:
        address = Address(text)
    except ValueError:
        raise Invalid(f"invalid {option} {text}: an IPv4 address is needed") from None
    if address not in subnet:
        raise Invalid(f"invalid {option} {text}: it is not within the subnet {subnet}")
    return address


def free_address(pool: Pool, used: Collection[Address]) -> Address:
    """The lowest address of the pool that nobody has. Raises Unavailable when there is none (Docker's text)."""
    taken = used if isinstance(used, (set, frozenset, dict)) else set(used)
    for number in range(int(pool.span.network_address), int(pool.span.broadcast_address) + 1):
        address = Address(number)
        if address not in taken and address not in pool.reserved:
            return address
    raise Unavailable("no available IPv4 addresses on this network's address pools: bridge")


def wanted_address(pool: Pool, text: str, used: Collection[Address]) -> Address:
    """The address that ``--ip`` asks for. Raises Invalid if it is not of the pool, Unavailable if it is taken."""
    try:
        address = Address(text)
    except ValueError:
        raise Invalid(f"invalid IPv4 address: {text}") from None
    if address not in pool.subnet:
        raise Invalid(f"invalid address {address}: it does not belong to any of this network's subnets")
    if address in used or address in pool.reserved:
        raise Unavailable("Address already in use")
    return address


def mac_of(address: Address) -> bytes:
    """The MAC of the interface with this address: 02:42 and the address, so that ARP caches stay right for ever."""
    return b"\x02\x42" + address.packed


def mac_text(mac: bytes) -> str:
    """A MAC as people write it."""
    return ":".join(f"{byte:02x}" for byte in mac)


def parse_mac(text: str) -> bytes:
    """Six bytes of "02:42:ac:11:00:02" (also with dashes). Raises Invalid with Docker's text."""
    parts = text.replace("-", ":").split(":")
    try:
        mac = bytes(int(part, 16) for part in parts if len(part) == 2)
    except ValueError:
        mac = b""
    if len(mac) != 6 or len(parts) != 6:
        raise Invalid(f"invalid MAC address: {text}")
    if mac[0] & 1:
        raise Invalid(f"invalid MAC address: {text}: it is a group address")
    return mac
