"""The default bridge: the link itself, and a container's interface on it. Runs on the network thread.

What is done is a list of :class:`Step` first (pure, shown by ``--plan``) and is executed after.
"""

from __future__ import annotations

import errno
import ipaddress
import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from hutch.linux.failpoint import failpoint
from hutch.linux.netlink import addr, link, route
from hutch.linux.netlink.socket import Netlink
from hutch.model.errors import Conflict, NotFound, System
from hutch.model.network import Attachment
from hutch.network.ipam import Network, mac_of, mac_text, parse_mac
from hutch.network.namespace import Visitor

LINK_PREFIX = "veth"

Interface = ipaddress.IPv4Interface


@dataclass(frozen=True, slots=True)
class Step:
    """One kernel step of joining: ``text`` for people, ``reference`` says where it is specified."""

    text: str
    reference: str


def describe(attachment: Attachment, bridge: str, mtu: int, *, isolated: bool, hairpin: bool, ipv6: bool) -> list[Step]:
    """Every kernel step of :meth:`Bridge.connect` for this attachment, in order."""
    steps = [
        Step(
            f"create veth {attachment.link} (mtu {mtu}, port of {bridge}, up), peer {attachment.interface} "
            f"{attachment.mac} in the container's network namespace",
            "rtnetlink(7) RTM_NEWLINK, veth(4)",
        )
    ]
    if isolated or hairpin:
        flags = ", ".join(name for name, wanted in (("isolated", isolated), ("hairpin", hairpin)) if wanted)
        steps.append(Step(f"set bridge port {attachment.link} {flags}", "bridge(8) link set"))
    steps.append(Step("enter the container's network namespace (one thread)", "setns(2) CLONE_NEWNET"))
    interface = attachment.interface
    quiet = [*quiet_ipv6(interface, ipv6=ipv6), *((path, value) for path, value in attachment.sysctls)]
    steps += [Step(f"write {value} to {path}", "ip-sysctl") for path, value in quiet]
    steps += [
        Step("set lo up", "rtnetlink(7) RTM_NEWLINK"),
        *(Step(f"add {address} to {interface}", "rtnetlink(7) RTM_NEWADDR") for address in _addresses(attachment)),
        Step(f"set {interface} up", "rtnetlink(7) RTM_NEWLINK"),
        Step(f"add default route via {attachment.gateway}", "rtnetlink(7) RTM_NEWROUTE"),
        Step("return to the host's network namespace", "setns(2)"),
    ]
    for key, entries in attachment.ports.items():
        for entry in entries or ():
            where = f"{entry['HostIp']}:{entry['HostPort']}"
            steps.append(Step(f"publish {where} to {attachment.address} {key}", "nft(8) map published, bind(2)"))
    return steps


def quiet_ipv6(interface: str, *, ipv6: bool) -> list[tuple[str, str]]:
    """Sysctls that keep an IPv4-only interface from learning routes and addresses from its neighbours.

    CVE-2020-13401: router advertisements by a container; CVE-2024-32473: IPv6 on interfaces of IPv4-only networks.
    """
    folder = f"/proc/sys/net/ipv6/conf/{interface}"
    pairs = [(f"{folder}/accept_ra", "0")]
    return pairs if ipv6 else [*pairs, (f"{folder}/disable_ipv6", "1")]


def write_sysctls(pairs: Iterable[tuple[str, str]]) -> None:
    """Write sysctls of the calling thread's network namespace; those of protocols the kernel lacks are passed over.

    ``/proc/sys/net`` shows the opener's own namespace, so the host's ``/proc`` serves and no container path is used.
    """
    for path, value in pairs:
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            os.write(fd, value.encode())
        except OSError as error:
            raise OSError(error.errno, error.strerror, path) from None
        finally:
            os.close(fd)


class Bridge:
    """One bridge link on the host and its ports."""

    def __init__(self, name: str, visitor: Visitor, *, mtu: int, isolated: bool, hairpin: bool) -> None:
        self.name = name
        self._visitor = visitor
        self._mtu = mtu
        self._isolated = isolated
        self._hairpin = hairpin

    def existing_address(self, *, needed: bool = False) -> Interface | None:
        """The bridge's first IPv4 address, if it is there already.

        Raises Conflict if the link is no bridge, NotFound if it is ``needed`` and not there.
        """
        with Netlink() as netlink:
            found = self._find(netlink)
            if found is None and needed:
                raise NotFound(
                    f"bridge device with non default name {self.name} must be created manually",
                    hint=f"ip link add {self.name} type bridge, or start without --bridge",
                )
            if found is None:
                return None
            return next(
                (a for i, a in map(addr.parse, netlink.dump(addr.dump(), "addresses")) if i == found.index), None
            )

    def _find(self, netlink: Netlink) -> link.Link | None:
        found = next((x for x in map(link.parse, netlink.dump(link.dump(), "links")) if x.name == self.name), None)
        if found is not None and found.kind != "bridge":
            raise Conflict(f"{self.name} exists and is not a bridge", hint="choose another name with --bridge")
        return found

    def ensure(self, address: Interface) -> None:
        """Create the bridge or bring the existing one to this address, up, and without IPv6 autoconfiguration."""
        with Netlink() as netlink:
            found = self._find(netlink)
            if found is None:
                netlink.request([(link.create_bridge(self.name, address=mac_of(address.ip), mtu=self._mtu), self.name)])
                found = self._find(netlink)
                assert found is not None
            have = [a for i, a in map(addr.parse, netlink.dump(addr.dump(), "addresses")) if i == found.index]
            changes = [(addr.remove(found.index, a), f"{a} of {self.name}") for a in have if a != address]
            if address not in have:
                changes.append((addr.add(found.index, address), f"{address} of {self.name}"))
            write_sysctls(quiet_ipv6(self.name, ipv6=False))
            netlink.request([*changes, (link.set_up(found.index), self.name)])

    def forward(self, *, forward: bool, route_localnet: bool) -> None:
        """Have the host route for it; only when the rules stand, which say what may pass."""
        if forward:
            write_sysctls([("/proc/sys/net/ipv4/ip_forward", "1")])
        if route_localnet:
            write_sysctls([(f"/proc/sys/net/ipv4/conf/{self.name}/route_localnet", "1")])

    def open(self, up: bool) -> None:
        """Set the link up or down; down, nothing enters the bridge's network and nothing leaves it. Raises OSError."""
        with Netlink() as netlink:
            found = self._find(netlink)
            if found is not None:
                netlink.request([(link.set_up(found.index) if up else link.set_down(found.index), self.name)])

    def connect(self, attachment: Attachment, netns: int, *, ipv6: bool) -> None:
        """Give the namespace ``netns`` (fd) its interface. Undone when it fails. Raises OSError.

        On the network thread. The steps are those of :func:`describe`.
        """
        with ExitStack() as undo, Netlink() as netlink:
            pair = link.create_veth(
                attachment.link,
                master=link.index_of(self.name),
                mtu=self._mtu,
                peer=attachment.interface,
                peer_address=parse_mac(attachment.mac),
                peer_netns=netns,
            )
            netlink.request([(pair, f"veth {attachment.link}")])
            undo.callback(self.remove_link, attachment.link)
            failpoint("network.veth")
            if self._isolated or self._hairpin:
                index = link.index_of(attachment.link)
                port = link.set_port(index, isolated=self._isolated, hairpin=self._hairpin)
                netlink.request([(port, f"bridge port {attachment.link}")])
            self._visitor.within(netns, lambda: _configure(attachment, ipv6=ipv6))
            undo.pop_all()

    def remove_link(self, name: str) -> None:
        """Delete a host's end of a pair, and with it the other; fine when it is gone. For failures and orphans only."""
        try:
            index = link.index_of(name)
        except OSError as error:
            if error.errno != errno.ENODEV:
                raise
            return
        with Netlink() as netlink:
            try:
                netlink.request([(link.delete(index), name)])
            except OSError as error:
                if error.errno != errno.ENODEV:
                    raise

    def remove_orphans(self, known: set[str]) -> list[str]:
        """Delete the ports of the bridge that are ours by their name and belong to no recorded attachment."""
        with Netlink() as netlink:
            found = self._find(netlink)
            if found is None:
                return []
            links = [link.parse(body) for body in netlink.dump(link.dump(), "links")]
        orphans = [
            x.name
            for x in links
            if x.master == found.index and x.kind == "veth" and is_ours(x.name) and x.name not in known
        ]
        for name in orphans:
            self.remove_link(name)
        return orphans


def link_name(endpoint: str) -> str:
    """The host's end of a container's pair. Follows from the endpoint's id, which inspect shows, and not from the
    container's: when that is started again at once, the kernel still has its former link."""
    return f"{LINK_PREFIX}h{endpoint[:10]}"


def is_ours(name: str) -> bool:
    """Whether a link's name has the form of :func:`link_name`; links that users add to the bridge have others."""
    digits = name.removeprefix(LINK_PREFIX + "h")
    return len(name) == 15 and len(digits) == 10 and all(c in "0123456789abcdef" for c in digits)


def _addresses(attachment: Attachment) -> list[Interface]:
    """All addresses of the container's interface."""
    own = Interface(f"{attachment.address}/{attachment.prefix}")
    return [own, *(Interface(f"{address}/16") for address in attachment.link_local)]


def _configure(attachment: Attachment, *, ipv6: bool) -> None:
    """Inside the container's network namespace: one send for everything."""
    interface = attachment.interface
    write_sysctls(quiet_ipv6(interface, ipv6=ipv6))
    for path, value in attachment.sysctls:
        if not os.path.isfile(path):
            raise System(f"failed to add interface {attachment.link} to sandbox: {path} is not a sysctl file")
        write_sysctls([(path, value)])
    index, loopback = link.index_of(interface), link.index_of("lo")
    with Netlink() as netlink:
        netlink.request(
            [
                (link.set_up(loopback), "lo"),
                *((addr.add(index, address), f"{address} of {interface}") for address in _addresses(attachment)),
                (link.set_up(index), interface),
                (route.add_default(ipaddress.IPv4Address(attachment.gateway), index), "default route"),
            ]
        )


def host_routes(bridge: str) -> list[Network]:
    """The destinations of the host's routes that do not lead to ``bridge``."""
    try:
        own = link.index_of(bridge)
    except OSError as error:
        if error.errno != errno.ENODEV:
            raise
        own = -1
    with Netlink() as netlink:
        found = [route.parse(body) for body in netlink.dump(route.dump(), "routes")]
    return [entry[0] for entry in found if entry is not None and entry[1] != own]


def mac_for(address: ipaddress.IPv4Address, wanted: str) -> str:
    """The MAC of a container's interface: the one asked for, or the one that follows from its address."""
    return mac_text(parse_mac(wanted)) if wanted else mac_text(mac_of(address))
