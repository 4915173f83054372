"""IPv4 routes (rtnetlink(7), linux/rtnetlink.h)."""

from __future__ import annotations

import ipaddress
import socket
import struct

from hutch.linux.netlink import message as nl

RTM_NEWROUTE = 24
RTM_GETROUTE = 26

_RTA_DST = 1
_RTA_OIF = 4
_RTA_GATEWAY = 5
_RT_TABLE_MAIN = 254
_RTPROT_BOOT = 3
_RT_SCOPE_UNIVERSE = 0
_RTN_UNICAST = 1
_HEADER = struct.Struct("=BBBBBBBBI")


def add_default(gateway: ipaddress.IPv4Address, index: int) -> bytes:
    """The default route through ``gateway`` by the link ``index``."""
    header = _HEADER.pack(socket.AF_INET, 0, 0, 0, _RT_TABLE_MAIN, _RTPROT_BOOT, _RT_SCOPE_UNIVERSE, _RTN_UNICAST, 0)
    return nl.message(
        RTM_NEWROUTE,
        nl.NLM_F_ACK | nl.NLM_F_CREATE | nl.NLM_F_EXCL,
        header + nl.attr(_RTA_GATEWAY, gateway.packed) + nl.u32(_RTA_OIF, index),
    )


def dump() -> bytes:
    """Ask for all IPv4 routes of all tables."""
    return nl.message(RTM_GETROUTE, nl.NLM_F_DUMP, _HEADER.pack(socket.AF_INET, 0, 0, 0, 0, 0, 0, 0, 0))


def parse(body: bytes) -> tuple[ipaddress.IPv4Network, int] | None:
    """(destination, link index) of a unicast route out of an answer to :func:`dump`; None for other kinds.

    Local and broadcast routes are left out: they say no more than the unicast route of their network.
    """
    _family, prefix, _source, _tos, _table, _protocol, _scope, kind, _flags = _HEADER.unpack_from(body)
    if kind != _RTN_UNICAST:
        return None
    found = nl.attributes(body, _HEADER.size)
    destination = found.get(_RTA_DST, bytes(4))
    index = int(struct.unpack("=I", found[_RTA_OIF])[0]) if _RTA_OIF in found else 0
    return ipaddress.IPv4Network((destination, int(prefix)), strict=False), index
