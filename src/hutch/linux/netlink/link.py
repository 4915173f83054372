"""Network interfaces: bridges, veth pairs, and setting a link's properties (rtnetlink(7), linux/if_link.h)."""

from __future__ import annotations

import fcntl
import socket
import struct

from hutch.linux.netlink import message as nl

RTM_NEWLINK = 16
RTM_DELLINK = 17
RTM_GETLINK = 18
RTM_SETLINK = 19

IFF_UP = 0x1

_IFLA_ADDRESS = 1
_IFLA_IFNAME = 3
_IFLA_MTU = 4
_IFLA_MASTER = 10
_IFLA_LINKINFO = 18
_IFLA_NET_NS_FD = 28
_IFLA_INFO_KIND = 1
_IFLA_INFO_DATA = 2
_VETH_INFO_PEER = 1
_IFLA_PROTINFO = 12
_IFLA_BRPORT_MODE = 4
_IFLA_BRPORT_ISOLATED = 33
_AF_BRIDGE = 7

_SIOCGIFINDEX = 0x8933
_IFREQ = struct.Struct("16si20x")
_IFINFO = struct.Struct("=BxHiII")
_NEW = nl.NLM_F_ACK | nl.NLM_F_CREATE | nl.NLM_F_EXCL


def index_of(name: str) -> int:
    """The number of the interface in this thread's network namespace (netdevice(7)). Raises OSError, ENODEV without it.

    ``socket.if_nametoindex`` says that there is none also when it has no descriptor to ask with.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as asked:
        answer = fcntl.ioctl(asked, _SIOCGIFINDEX, _IFREQ.pack(name.encode()[:15], 0))
    return int(_IFREQ.unpack(answer)[1])


class Link:
    """An interface as the kernel describes it."""

    __slots__ = ("address", "index", "kind", "master", "mtu", "name", "up")

    def __init__(self, index: int, name: str, *, up: bool, address: bytes, mtu: int, master: int, kind: str) -> None:
        self.index = index
        self.name = name
        self.up = up
        self.address = address
        self.mtu = mtu
        self.master = master
        self.kind = kind


def _header(index: int = 0, flags: int = 0, change: int = 0, family: int = 0) -> bytes:
    return _IFINFO.pack(family, 0, index, flags, change)


def create_bridge(name: str, *, address: bytes, mtu: int) -> bytes:
    """A new bridge that is up. ``address`` is its MAC: given, so that it does not change with the bridge's ports."""
    return nl.message(
        RTM_NEWLINK,
        _NEW,
        _header(flags=IFF_UP, change=IFF_UP)
        + nl.text(_IFLA_IFNAME, name)
        + nl.attr(_IFLA_ADDRESS, address)
        + nl.u32(_IFLA_MTU, mtu)
        + nl.nested(_IFLA_LINKINFO, nl.text(_IFLA_INFO_KIND, "bridge")),
    )


def create_veth(name: str, *, master: int, mtu: int, peer: str, peer_address: bytes, peer_netns: int) -> bytes:
    """A pair: ``name`` here, up and a port of the bridge ``master``; ``peer`` in the namespace of fd ``peer_netns``.

    One message does it all; the peer stays down, because its sysctls must be set before it speaks.
    """
    other = (
        _header()
        + nl.text(_IFLA_IFNAME, peer)
        + nl.attr(_IFLA_ADDRESS, peer_address)
        + nl.u32(_IFLA_MTU, mtu)
        + nl.u32(_IFLA_NET_NS_FD, peer_netns)
    )
    info = nl.nested(
        _IFLA_LINKINFO,
        nl.text(_IFLA_INFO_KIND, "veth"),
        nl.nested(_IFLA_INFO_DATA, nl.attr(_VETH_INFO_PEER | nl.NLA_F_NESTED, other)),
    )
    return nl.message(
        RTM_NEWLINK,
        _NEW,
        _header(flags=IFF_UP, change=IFF_UP)
        + nl.text(_IFLA_IFNAME, name)
        + nl.u32(_IFLA_MTU, mtu)
        + nl.u32(_IFLA_MASTER, master)
        + info,
    )


def set_up(index: int) -> bytes:
    """Bring a link up."""
    return nl.message(RTM_NEWLINK, nl.NLM_F_ACK, _header(index, IFF_UP, IFF_UP))


def set_down(index: int) -> bytes:
    """Take a link out of service."""
    return nl.message(RTM_NEWLINK, nl.NLM_F_ACK, _header(index, 0, IFF_UP))


def set_mtu(index: int, mtu: int) -> bytes:
    """Change a link's MTU."""
    return nl.message(RTM_NEWLINK, nl.NLM_F_ACK, _header(index) + nl.u32(_IFLA_MTU, mtu))


def set_port(index: int, *, isolated: bool = False, hairpin: bool = False) -> bytes:
    """Set how a bridge port forwards (bridge(8)).

    ``isolated``: not to other isolated ports. ``hairpin``: also back through the port a frame came by.
    """
    return nl.message(
        RTM_SETLINK,
        nl.NLM_F_ACK,
        _header(index, family=_AF_BRIDGE)
        + nl.nested(
            _IFLA_PROTINFO, nl.u8(_IFLA_BRPORT_ISOLATED, int(isolated)), nl.u8(_IFLA_BRPORT_MODE, int(hairpin))
        ),
    )


def give_away(index: int, name: str, netns: int) -> bytes:
    """Move a link that is down to the network namespace of descriptor ``netns``, where it is called ``name``."""
    body = _header(index) + nl.text(_IFLA_IFNAME, name) + nl.u32(_IFLA_NET_NS_FD, netns)
    return nl.message(RTM_NEWLINK, nl.NLM_F_ACK, body)


def delete(index: int) -> bytes:
    """Remove a link."""
    return nl.message(RTM_DELLINK, nl.NLM_F_ACK, _header(index))


def dump() -> bytes:
    """Ask for all links."""
    return nl.message(RTM_GETLINK, nl.NLM_F_DUMP, _header())


def parse(body: bytes) -> Link:
    """A link out of an answer to :func:`dump`."""
    _family, _type, index, flags, _change = _IFINFO.unpack_from(body)
    found = nl.attributes(body, _IFINFO.size)
    info = nl.attributes(found.get(_IFLA_LINKINFO, b""))
    return Link(
        index,
        nl.name_of(found.get(_IFLA_IFNAME, b"")),
        up=bool(flags & IFF_UP),
        address=found.get(_IFLA_ADDRESS, b""),
        mtu=_number(found.get(_IFLA_MTU)),
        master=_number(found.get(_IFLA_MASTER)),
        kind=nl.name_of(info.get(_IFLA_INFO_KIND, b"")),
    )


def _number(payload: bytes | None) -> int:
    return int.from_bytes(payload, "little" if struct.pack("=H", 1) == b"\1\0" else "big") if payload else 0
