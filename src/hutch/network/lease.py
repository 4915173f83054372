"""What containers hold of the host's scarce things: addresses of the pool and host ports."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Collection, Sequence

from hutch.linux.netlink import link
from hutch.model.errors import System
from hutch.model.network import Attachment, Wanted
from hutch.network import bindings, ipam
from hutch.network.bindings import Binding, PortTable, Request
from hutch.network.proxies import bind_port

_EPHEMERAL = "/proc/sys/net/ipv4/ip_local_port_range"

Sockets = dict[Binding, socket.socket | None]
"""Bound host ports; None where the kernel has no such protocol to hold the port with."""


class Leases:
    """Who has which address and which host port. Lives on the event loop; what it gives out is recorded by others."""

    def __init__(self, pool: ipam.Pool, default_ips: Sequence[str]) -> None:
        self.pool = pool
        self._default_ips = tuple(default_ips)
        self._addresses: dict[ipaddress.IPv4Address, str] = {}
        self._lingering: dict[ipaddress.IPv4Address, str] = {}
        self._ports = PortTable()

    def take_address(self, wanted: Wanted) -> ipaddress.IPv4Address:
        """A free address for a container, or the one it asks for. Raises Invalid or Unavailable."""
        if wanted.address:
            address = ipam.wanted_address(self.pool, wanted.address, self._addresses)
        else:
            address = ipam.free_address(self.pool, self._used())
        self._addresses[address] = wanted.container
        return address

    def former_link(self, address: ipaddress.IPv4Address) -> str:
        """The interface that still answers for an address somebody insisted on, to be removed first; "" if none."""
        return self._lingering.pop(address, "")

    def _used(self) -> Collection[ipaddress.IPv4Address]:
        """Addresses in use, those included whose former interface the kernel has not taken down yet.

        A dead container's namespace is dismantled in the background; until then its interface would still answer
        for the address.
        """
        for address, name in list(self._lingering.items()):
            if not link_exists(name):
                del self._lingering[address]
        return {**self._lingering, **self._addresses}

    def take_ports(self, wanted: Wanted, target: ipaddress.IPv4Address) -> Sockets:
        """Bind the host ports that lead to the container at ``target``; all or none.

        Raises Invalid, or System with Docker's text.
        """
        taken: Sockets = {}
        try:
            for request in bindings.requests(wanted, self._default_ips):
                taken.update(self._take(wanted.container, request, target))
        except BaseException:
            self._ports.release(wanted.container)
            close_sockets(taken)
            raise
        return taken

    def _take(self, container: str, request: Request, target: ipaddress.IPv4Address) -> Sockets:
        """Bind one request's port on all its addresses: the first candidate that is free on all."""
        ephemeral = ephemeral_range()
        fixed = request.first == request.last and request.first != 0
        candidates = self._ports.candidates(request, ephemeral)
        if not candidates:
            last = Binding(request.protocol, request.container_port, request.host_ips[0], request.first)
            if request.first:
                self._ports.claim(container, last)
            raise System("all ports are allocated")
        for port in candidates:
            try:
                return self._bind(container, request, port, target)
            except System:
                if fixed or port == candidates[-1]:
                    raise
            finally:
                if not request.first:
                    self._ports.advance(port, ephemeral)
        raise System("all ports are allocated")

    def _bind(self, container: str, request: Request, port: int, target: ipaddress.IPv4Address) -> Sockets:
        bound: Sockets = {}
        try:
            for address in request.host_ips:
                binding = Binding(request.protocol, request.container_port, address, port)
                self._ports.claim(container, binding)
                bound[binding] = None
                bound[binding] = bind_port(binding, target)
        except BaseException:
            close_sockets(bound)
            self._ports.release(container, bound)
            raise
        return bound

    def adopt(self, attachment: Attachment) -> None:
        """Note what a recorded attachment holds."""
        self._addresses[ipaddress.IPv4Address(attachment.address)] = attachment.container
        for binding in bindings.from_shown(attachment.ports):
            self._ports.claim(attachment.container, binding)

    def release(self, container: str, link: str) -> None:
        """Give back everything of a container; its address stays taken as long as ``link`` is there."""
        for address in [a for a, holder in self._addresses.items() if holder == container]:
            del self._addresses[address]
            self._lingering[address] = link
        self._ports.release(container)


def link_exists(name: str) -> bool:
    """Whether the host has an interface of this name."""
    try:
        link.index_of(name)
    except OSError as error:
        return error.errno != errno.ENODEV
    return True


def close_sockets(sockets: Sockets) -> None:
    """Let go of bound ports."""
    for sock in sockets.values():
        if sock is not None:
            sock.close()


def ephemeral_range() -> tuple[int, int]:
    """The host's range for ports that nobody chose (ip-sysctl, ip_local_port_range)."""
    with open(_EPHEMERAL, encoding="ascii") as file:
        low, high = file.read(64).split()
    return int(low), int(high)


def default_addresses(default_ip: str, *, userland_proxy: bool) -> tuple[str, ...]:
    """Where ``-p`` without an address binds: ``--ip``, else all of IPv4, and of IPv6 where the proxy can carry it."""
    if default_ip and default_ip != "0.0.0.0":
        return (default_ip,)
    everywhere = ("0.0.0.0",)
    if not userland_proxy or default_ip:
        return everywhere
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return everywhere
    return (*everywhere, "::")
