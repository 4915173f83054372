"""IPv4 addresses of interfaces (rtnetlink(7), linux/if_addr.h)."""

from __future__ import annotations

import ipaddress
import socket
import struct

from hutch.linux.netlink import message as nl

RTM_NEWADDR = 20
RTM_DELADDR = 21
RTM_GETADDR = 22

_IFA_ADDRESS = 1
_IFA_LOCAL = 2
_IFA_BROADCAST = 4
_HEADER = struct.Struct("=BBBBI")


def _body(index: int, address: ipaddress.IPv4Interface) -> bytes:
    packed = address.ip.packed
    return _HEADER.pack(socket.AF_INET, address.network.prefixlen, 0, 0, index) + (
        nl.attr(_IFA_LOCAL, packed)
        + nl.attr(_IFA_ADDRESS, packed)
        + nl.attr(_IFA_BROADCAST, address.network.broadcast_address.packed)
    )


def add(index: int, address: ipaddress.IPv4Interface) -> bytes:
    """Give the link an address with its prefix and broadcast address."""
    return nl.message(RTM_NEWADDR, nl.NLM_F_ACK | nl.NLM_F_CREATE | nl.NLM_F_EXCL, _body(index, address))


def remove(index: int, address: ipaddress.IPv4Interface) -> bytes:
    """Take an address away from the link."""
    return nl.message(RTM_DELADDR, nl.NLM_F_ACK, _body(index, address))


def dump() -> bytes:
    """Ask for all IPv4 addresses of all links."""
    return nl.message(RTM_GETADDR, nl.NLM_F_DUMP, _HEADER.pack(socket.AF_INET, 0, 0, 0, 0))


def parse(body: bytes) -> tuple[int, ipaddress.IPv4Interface]:
    """(link index, address with prefix) out of an answer to :func:`dump`."""
    _family, prefix, _flags, _scope, index = _HEADER.unpack_from(body)
    found = nl.attributes(body, _HEADER.size)
    packed = found.get(_IFA_LOCAL) or found.get(_IFA_ADDRESS) or bytes(4)
    return int(index), ipaddress.IPv4Interface((packed, int(prefix)))
