"""``linux.netDevices``: interfaces of the host that become the container's (runtime-spec, config-linux.md).

Done from the host's network namespace, once the container's exists and before its hooks run. An interface keeps its
permanent global addresses and is up afterwards. When the namespace ends the kernel gives hardware back to the host;
virtual interfaces end with it.
"""

from __future__ import annotations

import os
import struct

from hutch.linux import namespaces
from hutch.linux.netlink import link
from hutch.linux.netlink import message as nl
from hutch.linux.netlink.socket import Netlink
from hutch.model.errors import Invalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8
_RTM_NEWADDR, _RTM_GETADDR = 20, 22
_PERMANENT = 0x80
_ADDRESS = struct.Struct("=BBBBI")
_LONGEST = 15


def names(value: dict[str, Any]) -> dict[str, str]:
    """The name in the container of every interface, by the host's. Raises Invalid. Pure."""
    wanted = {host: str((device or {}).get("name") or host) for host, device in value.items()}
    for name in (*wanted, *wanted.values()):
        if not name or name in (".", "..") or len(name.encode()) > _LONGEST or any(c in "/:" or c <= " " for c in name):
            raise Invalid(f"invalid network device name {name!r}")
    if len(set(wanted.values())) < len(wanted):
        raise Invalid("two network devices have the same name in the container")
    return wanted


def move(value: dict[str, Any], netns: int) -> None:
    """Move the interfaces of ``netDevices`` into the network namespace of descriptor ``netns``.

    Raises Invalid, OSError naming the interface.
    """
    wanted = names(value)
    with Netlink() as host, _inside(netns) as container:
        found = {each.name: each for each in map(link.parse, host.dump(link.dump(), "links"))}
        if missing := [name for name in wanted if name not in found]:
            raise OSError(19, "no such device", missing[0])
        addresses = _permanent(host)
        for name, new in wanted.items():
            index = found[name].index
            host.request([(link.set_down(index), name), (link.give_away(index, new, netns), name)])
            there = {each.name: each.index for each in map(link.parse, container.dump(link.dump(), "links"))}
            again = [(_add(there[new], address), f"address of {new}") for address in addresses.get(index, [])]
            container.request([*again, (link.set_up(there[new]), new)])


def _inside(netns: int) -> Netlink:
    """A netlink socket of another network namespace."""
    own = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        namespaces.setns(netns, namespaces.FLAGS["network"], "network namespace of the container")
        try:
            return Netlink()
        finally:
            namespaces.setns(own, namespaces.FLAGS["network"], "own network namespace")
    finally:
        os.close(own)


def _permanent(host: Netlink) -> dict[int, list[tuple[int, int, bytes]]]:
    """(family, prefix length, address) of the permanent global addresses, by the index of their interface."""
    result: dict[int, list[tuple[int, int, bytes]]] = {}
    for body in host.dump(nl.message(_RTM_GETADDR, nl.NLM_F_DUMP, _ADDRESS.pack(0, 0, 0, 0, 0)), "addresses"):
        family, prefix, flags, scope, index = _ADDRESS.unpack_from(body)
        found = nl.attributes(body, _ADDRESS.size)
        if _IFA_FLAGS in found:
            flags = struct.unpack("=I", found[_IFA_FLAGS])[0]
        address = found.get(_IFA_LOCAL) or found.get(_IFA_ADDRESS)
        if scope == 0 and flags & _PERMANENT and address:
            result.setdefault(index, []).append((family, prefix, address))
    return result


def _add(index: int, address: tuple[int, int, bytes]) -> bytes:
    family, prefix, packed = address
    body = _ADDRESS.pack(family, prefix, 0, 0, index) + nl.attr(_IFA_LOCAL, packed) + nl.attr(_IFA_ADDRESS, packed)
    return nl.message(_RTM_NEWADDR, nl.NLM_F_ACK | nl.NLM_F_CREATE | nl.NLM_F_EXCL, body)
