"""The rules of our own table: masquerade, isolation, published ports. Rendered here (pure), applied by ``filter``.

Only ``table ip hutch`` is ever touched, never another table and never a policy. An ``accept`` in one table does not
overrule a ``drop`` in another (nft(8), "Netfilter hooks"): where the host drops forwarded packets by policy, its
owner must let the bridge through, and nothing is opened behind their back.

How a published port is reached:

- from outside and from the host by its own addresses: ``dnat`` through the maps, one lookup whatever their size;
- from the host by 127.0.0.0/8, by IPv6, and from containers by an address of the host ("hairpin"): the userland proxy,
  which also holds the port. Hairpin is not translated, because with br_netfilter loaded the translated frame would be
  bridged at once, and a bridge neither sends back through the port a frame came by nor between isolated ports;
- without the proxy, hairpin is translated all the same and masqueraded, with ports in hairpin mode, and so is
  loopback, which needs ``route_localnet`` on the bridge; the ``raw`` chain keeps containers off the host's loopback.

A port published on 127.0.0.0/8 is in no map unless the proxy is off, and then only for packets the host itself sends;
packets from outside for loopback are dropped, and so is everything from outside to a container's own address that no
published port and no connection accounts for.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from hutch.linux.netlink.nftables import Element, part
from hutch.network.bindings import Binding

TABLE = "hutch"
PROTOCOL_NUMBERS = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP, "sctp": 132}


@dataclass(frozen=True, slots=True)
class Policy:
    """What the rules must do for the default bridge."""

    bridge: str
    subnet: ipaddress.IPv4Network
    icc: bool = True
    masquerade: bool = True
    userland_proxy: bool = True


Published = tuple[Binding, ipaddress.IPv4Address]
"""A host port and the address of the container it leads to."""


def render_nft(policy: Policy, published: Iterable[Published] = ()) -> str:
    """The whole table as text for ``nft -f``: replaced in one transaction, with the elements of published ports."""
    bridge = _quoted(policy.bridge)
    raw, output, postrouting, forward = [], [], [], []
    prerouting = "fib daddr type local goto published"
    raw.append('iifname != "lo" ip daddr 127.0.0.0/8 meta l4proto . th dport @loopback drop')
    raw.append(f"iifname {bridge} ip daddr 127.0.0.0/8 drop")
    if policy.userland_proxy:
        prerouting = f"iifname != {bridge} {prerouting}"
        output.append("ip daddr 127.0.0.0/8 return")
    else:
        postrouting.append(f"ip saddr {policy.subnet} oifname {bridge} ct status dnat masquerade")
        postrouting.append(f"ip saddr 127.0.0.0/8 oifname {bridge} ct status dnat masquerade")
    output.append("fib daddr type local goto published")
    if policy.masquerade:
        postrouting.append(f"ip saddr {policy.subnet} oifname != {bridge} masquerade")
    forward.append(f"oifname {bridge} ct state established,related accept")
    forward.append(f"oifname {bridge} ct status dnat accept")
    forward.append(f"iifname {bridge} oifname {bridge} " + ("accept" if policy.icc else "drop"))
    forward.append(f"oifname {bridge} drop")
    return _table(_element_texts(published, policy.userland_proxy), raw, [prerouting], output, postrouting, forward)


def _element_texts(published: Iterable[Published], userland_proxy: bool) -> dict[str, str]:
    """The ``elements`` clause of each set, as :func:`elements` would add them one by one."""
    texts: dict[str, dict[str, None]] = {"published": {}, "published_at": {}, "loopback": {}}
    for binding, address in published:
        for element in elements(binding, address, userland_proxy=userland_proxy):
            key = f"{PROTOCOL_NUMBERS[binding.protocol]} . {binding.host_port}"
            if element.set_name == "published_at":
                key = f"{binding.host_ip} . {key}"
            target = f" : {address} . {binding.container_port}" if element.data else ""
            texts[element.set_name][key + target] = None
    return {name: f" elements = {{ {', '.join(found)} }};" if found else "" for name, found in texts.items()}


def _table(
    clauses: dict[str, str],
    raw: list[str],
    prerouting: list[str],
    output: list[str],
    postrouting: list[str],
    forward: list[str],
) -> str:
    def chain(name: str, hook: str, rules: list[str]) -> str:
        lines = "".join(f"\t\t{rule}\n" for rule in ([hook] if hook else []) + rules)
        return f"\tchain {name} {{\n{lines}\t}}\n"

    published = [
        "dnat ip to ip daddr . meta l4proto . th dport map @published_at",
        "dnat ip to meta l4proto . th dport map @published",
    ]
    target = "ipv4_addr . inet_service"
    return (
        f"table ip {TABLE} {{ }}\ndelete table ip {TABLE}\ntable ip {TABLE} {{\n"
        f"\tmap published {{ type inet_proto . inet_service : {target};{clauses['published']} }}\n"
        f"\tmap published_at {{ type ipv4_addr . inet_proto . inet_service : {target};{clauses['published_at']} }}\n"
        f"\tset loopback {{ type inet_proto . inet_service;{clauses['loopback']} }}\n"
        + chain("raw", "type filter hook prerouting priority raw; policy accept;", raw)
        + chain("published", "", published)
        + chain("prerouting", "type nat hook prerouting priority dstnat; policy accept;", prerouting)
        + chain("output", "type nat hook output priority -100; policy accept;", output)
        + chain("postrouting", "type nat hook postrouting priority srcnat; policy accept;", postrouting)
        + chain("forward", "type filter hook forward priority filter; policy accept;", forward)
        + "}\n"
    )


def _quoted(name: str) -> str:
    """An interface name as a string of nft: names with a quote or a control character were refused before."""
    if any(c in name for c in '"\\\n*'):
        raise ValueError(f"not an interface name: {name!r}")
    return f'"{name}"'


def render_nft_removal() -> str:
    """The text that removes the table, whether or not it is there."""
    return f"table ip {TABLE} {{ }}\ndelete table ip {TABLE}\n"


def elements(binding: Binding, address: ipaddress.IPv4Address, *, userland_proxy: bool) -> list[Element]:
    """The set and map elements that publish a port to the container at ``address``; none for IPv6 host addresses."""
    host = ipaddress.ip_address(binding.host_ip)
    if host.version == 6:
        return []
    protocol_port = part(bytes([PROTOCOL_NUMBERS[binding.protocol]])) + part(struct.pack(">H", binding.host_port))
    target = address.packed + part(struct.pack(">H", binding.container_port))
    if host.is_unspecified:
        return [Element("published", protocol_port, target)]
    if not host.is_loopback:
        return [Element("published_at", host.packed + protocol_port, target)]
    guard = [Element("loopback", protocol_port)]
    return guard if userland_proxy else [*guard, Element("published_at", host.packed + protocol_port, target)]


CHAINS = ("HUTCH-FORWARD", "HUTCH-PREROUTING", "HUTCH-OUTPUT", "HUTCH-POSTROUTING", "HUTCH-RAW")
_HOOKS = (
    ("filter", "FORWARD", "HUTCH-FORWARD"),
    ("nat", "PREROUTING", "HUTCH-PREROUTING"),
    ("nat", "OUTPUT", "HUTCH-OUTPUT"),
    ("nat", "POSTROUTING", "HUTCH-POSTROUTING"),
    ("raw", "PREROUTING", "HUTCH-RAW"),
)


def iptables_hooks() -> tuple[tuple[str, str, str], ...]:
    """(table, built-in chain, our chain): the one jump each that leads to our chains."""
    return _HOOKS


def render_iptables(policy: Policy, published: Iterable[Published]) -> str:
    """The same rules in our chains for ``iptables-restore --noflush``, for kernels without nftables.

    Naming a chain empties it, so the text is the whole truth each time, published ports included.
    """
    bridge = policy.bridge
    raw = [f"-A HUTCH-RAW -i {bridge} -d 127.0.0.0/8 -j DROP"]
    nat: list[str] = []
    output: list[str] = []
    post: list[str] = []
    if policy.userland_proxy:
        nat.append(f"-A HUTCH-PREROUTING -i {bridge} -j RETURN")
        output.append("-A HUTCH-OUTPUT -d 127.0.0.0/8 -j RETURN")
    else:
        post.append(f"-A HUTCH-POSTROUTING -s {policy.subnet} -o {bridge} -m conntrack --ctstate DNAT -j MASQUERADE")
        post.append(f"-A HUTCH-POSTROUTING -s 127.0.0.0/8 -o {bridge} -m conntrack --ctstate DNAT -j MASQUERADE")
    for binding, address in published:
        host = ipaddress.ip_address(binding.host_ip)
        if host.version == 6:
            continue
        match = f"-p {binding.protocol} --dport {binding.host_port}"
        if host.is_loopback:
            raw.append(f"-A HUTCH-RAW ! -i lo -d {host} {match} -j DROP")
            if policy.userland_proxy:
                continue
        where = "-m addrtype --dst-type LOCAL" if host.is_unspecified else f"-d {host}"
        for chain, rules in (("HUTCH-PREROUTING", nat), ("HUTCH-OUTPUT", output)):
            rules.append(f"-A {chain} {where} {match} -j DNAT --to-destination {address}:{binding.container_port}")
    if policy.masquerade:
        post.append(f"-A HUTCH-POSTROUTING -s {policy.subnet} ! -o {bridge} -j MASQUERADE")
    between = "ACCEPT" if policy.icc else "DROP"
    forward = [
        f"-A HUTCH-FORWARD -o {bridge} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        f"-A HUTCH-FORWARD -o {bridge} -m conntrack --ctstate DNAT -j ACCEPT",
        f"-A HUTCH-FORWARD -i {bridge} -o {bridge} -j {between}",
        f"-A HUTCH-FORWARD -o {bridge} -j DROP",
    ]
    sections = (
        ("raw", ("HUTCH-RAW",), raw),
        ("nat", ("HUTCH-PREROUTING", "HUTCH-OUTPUT", "HUTCH-POSTROUTING"), [*nat, *output, *post]),
        ("filter", ("HUTCH-FORWARD",), forward),
    )
    return "".join(
        f"*{table}\n" + "".join(f":{c} - [0:0]\n" for c in chains) + "".join(r + "\n" for r in rules) + "COMMIT\n"
        for table, chains, rules in sections
    )
