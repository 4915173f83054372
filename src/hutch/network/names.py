"""The texts of a container's ``/etc/hosts``, ``/etc/hostname`` and ``/etc/resolv.conf``. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from hutch.model.errors import Invalid

_LOCAL = """127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
"""

FALLBACK_NAMESERVERS = ("8.8.8.8", "8.8.4.4")
"""As Docker's, for a host whose only name servers are on its own loopback."""

_MAX_RESOLV_CONF = 1 << 16


def parse_extra_host(entry: str) -> tuple[str, str]:
    """(name, address) of one ``--add-host`` (name:ip, name=ip, ip perhaps in brackets). Raises Invalid."""
    separator = "=" if "=" in entry else ":"
    name, found, address = entry.partition(separator)
    address = address.strip("[]") if address.startswith("[") and address.endswith("]") else address
    if not found or not name or not address or any(c.isspace() for c in name + address):
        raise Invalid(f'bad format for add-host: "{entry}"')
    if address != "host-gateway":
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise Invalid(f'invalid IP address in add-host: "{address}"') from None
    return name, address


def extra_lines(extra: Sequence[str], host_gateway: str) -> str:
    """The lines of ``/etc/hosts`` for ``--add-host`` entries; ``host-gateway`` stands for the host's address.

    Raises Invalid when an entry is malformed or the gateway is wanted and there is none.
    """
    lines = []
    for entry in extra:
        name, address = parse_extra_host(entry)
        if address == "host-gateway":
            address = host_gateway
            if not address:
                raise Invalid('unable to derive the IP value for host-gateway: set "--host-gateway-ip"')
        lines.append(f"{address}\t{name}\n")
    return "".join(lines)


def render_hosts(
    *, address: str = "", hostname: str = "", domainname: str = "", extra: Sequence[str] = (), host_gateway: str = ""
) -> str:
    """``/etc/hosts`` of a container with a network of its own. ``address`` is "" without an interface."""
    own = ""
    if address:
        short = hostname.partition(".")[0]
        full = f"{hostname}.{domainname}" if domainname else hostname
        own = f"{address}\t{full}" + (f" {short}" if short != full else "") + "\n"
    return _LOCAL + extra_lines(extra, host_gateway) + own


def render_host_hosts(host_file: str, *, extra: Sequence[str] = (), host_gateway: str = "") -> str:
    """``/etc/hosts`` of a container in the host's network: the host's own, then the extra entries."""
    body = host_file if not host_file or host_file.endswith("\n") else host_file + "\n"
    return body + extra_lines(extra, host_gateway)


def render_hostname(hostname: str) -> str:
    """``/etc/hostname``."""
    return hostname + "\n"


class Resolver:
    """What a resolv.conf says: name servers, search domains, options (resolv.conf(5))."""

    __slots__ = ("nameservers", "options", "search")

    def __init__(
        self, nameservers: Sequence[str] = (), search: Sequence[str] = (), options: Sequence[str] = ()
    ) -> None:
        self.nameservers = list(nameservers)
        self.search = list(search)
        self.options = list(options)


def parse_resolv_conf(text: str) -> Resolver:
    """Read a resolv.conf; what is malformed or beyond 64 KiB is passed over, the last ``search`` wins."""
    found = Resolver()
    for line in text[:_MAX_RESOLV_CONF].splitlines():
        words = line.split("#", 1)[0].split(";", 1)[0].split()
        if len(words) < 2:
            continue
        if words[0] == "nameserver" and _address(words[1]) is not None:
            found.nameservers.append(words[1])
        elif words[0] in ("search", "domain"):
            found.search = words[1:]
        elif words[0] == "options":
            found.options += words[1:]
    return found


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def reachable(nameservers: Sequence[str], *, ipv6: bool) -> list[str]:
    """The name servers that a namespace of its own can reach: none on loopback, IPv6 ones only with IPv6."""
    result = []
    for server in nameservers:
        address = _address(server)
        if address is None or address.is_loopback or (address.version == 6 and not ipv6):
            continue
        result.append(server)
    return result


def only_stub(text: str) -> bool:
    """Whether a resolv.conf names nothing but the stub of systemd-resolved(8), which listens on the host's loopback."""
    return parse_resolv_conf(text).nameservers == ["127.0.0.53"]


def render_resolv_conf(
    host_file: str,
    *,
    dns: Sequence[str] = (),
    search: Sequence[str] = (),
    options: Sequence[str] = (),
    shared: bool = False,
    ipv6: bool = False,
) -> str:
    """``/etc/resolv.conf`` of a container, from the host's and the overrides of ``--dns``, ``--dns-search``,
    ``--dns-option``.

    ``shared`` is the host's network: its name servers are used as they are, loopback ones too. Otherwise loopback
    ones are left out, and when nothing remains :data:`FALLBACK_NAMESERVERS` are used. A search of "." means none.
    """
    host = parse_resolv_conf(host_file)
    servers = list(dns) or (host.nameservers if shared else reachable(host.nameservers, ipv6=ipv6))
    if not servers and not shared:
        servers = list(FALLBACK_NAMESERVERS)
    domains = list(search) or host.search
    chosen = list(options) or host.options
    lines = ["# Generated by hutch. This file can be edited; it is not written again once it was changed.\n", "\n"]
    lines += [f"nameserver {server}\n" for server in servers]
    if domains and domains != ["."]:
        lines.append("search " + " ".join(domains) + "\n")
    if chosen:
        lines.append("options " + " ".join(chosen) + "\n")
    return "".join(lines)


def check_dns(servers: Sequence[str]) -> None:
    """Raises Invalid (Docker's text) for a ``--dns`` that is not an address."""
    for server in servers:
        if _address(server) is None:
            raise Invalid(f"bad nameserver address: {server}")
