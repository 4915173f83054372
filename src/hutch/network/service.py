"""Networks: what the engine and the API ask of this room.

    networks = Networks(settings, database_path, exec_root)
    await networks.open()                       # bridge, firewall
    await networks.recover(alive)               # what a former daemon left: orphans go, live ones are served again
    attachment = await networks.join(wanted, netns_fd)
    await networks.leave(container)

An attachment to the bridge is recorded before anything of it exists in the kernel, and struck out after everything of
it is gone, so whatever moment the daemon dies at, the next one knows what to look for. The userland proxy is a process
of its own, so published ports are served meanwhile.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from hutch.linux.failpoint import failpoint
from hutch.model import filters as wanted_filters
from hutch.model import ids
from hutch.model.errors import Conflict, HutchError, NotFound, System
from hutch.model.network import Attachment, Json, Wanted
from hutch.network import bindings, bridge, firewall, ipam, listing, mode
from hutch.network import endpoint as endpoint_options
from hutch.network import filter as packet_filter
from hutch.network.lease import Leases, Sockets, close_sockets, default_addresses
from hutch.network.namespace import Visitor
from hutch.network.proxies import Proxies, bind_port
from hutch.network.settings import DEFAULT_BRIDGE, NO_BRIDGE, NetworkSettings, check
from hutch.network.store import NetworkStore
from hutch.network.watch import RulesWatch

_log = logging.getLogger(__name__)
RELOAD = 1.0
"""Seconds between attempts to load rules that somebody removed."""
T = TypeVar("T")


@dataclass(slots=True)
class _Entry:
    """A container on a network, with what is on its way (bound, not yet handed over) or held for it."""

    attachment: Attachment
    ipv6: bool = False
    former: str = ""
    sockets: Sockets = field(default_factory=dict)
    connected: bool = False
    leaving: asyncio.Lock = field(default_factory=asyncio.Lock)


class Networks:
    """The predefined networks and the containers on them. One a daemon; its methods run on the event loop."""

    def __init__(self, settings: NetworkSettings, database_path: str, exec_root: str) -> None:
        check(settings)
        self._settings = settings
        self._store = NetworkStore(database_path)
        self._visitor = Visitor()
        self._proxies = Proxies(os.path.join(exec_root, "proxy.sock"), self._proxy_ended)
        self._bridge = bridge.Bridge(settings.bridge, self._visitor, mtu=settings.mtu, **_port_flags(settings))
        self._leases: Leases | None = None
        self._filter: packet_filter.Filter = packet_filter.NoFilter()
        self._watch: RulesWatch | None = None
        self._entries = {a.container: _Entry(a, connected=True) for a in self._store.attachments()}

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._visitor.submit(work))

    # The life of the room

    async def open(self) -> None:
        """Create or adopt the bridge and load the rules; with ``--bridge=none`` nothing is touched.

        Raises Conflict, Invalid, Unavailable, System or OSError, each naming what was wrong.
        """
        if self._settings.bridge != NO_BRIDGE:
            await self._on_thread(self._open)
            if self._filter.name == "nftables":
                self._watch = RulesWatch(firewall.TABLE, self._rules_lost)
            asyncio.get_running_loop().add_reader(self._proxies.ends, self._proxies.ended)

    def _rules_lost(self) -> None:
        """Somebody took our rules away: they come back as they were."""
        _log.warning("the firewall rules of table %s were removed by somebody: they are loaded again", firewall.TABLE)
        self._again()

    def _again(self) -> None:
        loop = asyncio.get_running_loop()
        self._visitor.submit(lambda: self._reload(loop))

    def _reload(self, loop: asyncio.AbstractEventLoop) -> None:
        """On the network thread. As long as there are no rules, the bridge is closed, and they are tried again."""
        try:
            self._filter.reset(self._published())
            self._bridge.open(True)
        except (HutchError, OSError) as error:
            _log.error("the firewall rules cannot be loaded again, the bridge is closed until they can: %s", error)
            with suppress(HutchError, OSError):
                self._bridge.open(False)
            with suppress(RuntimeError):  # the daemon ends
                loop.call_soon_threadsafe(loop.call_later, RELOAD, self._again)

    def _proxy_ended(self) -> None:
        """What it served when it was killed is served again; when it had nothing to do any more, that is nothing."""
        self._visitor.submit(self._serve_again)

    def _serve_again(self) -> None:
        try:
            lost = self._serve(lambda entry: entry.connected and not entry.sockets)
        except (HutchError, OSError) as error:
            lost = [str(error)]
        for what in lost:
            _log.error("the userland proxy has ended, and not all ports come back: %s", what)

    def _open(self) -> None:
        settings, proxied = self._settings, self._settings.userland_proxy
        existing = self._bridge.existing_address(needed=settings.bridge != DEFAULT_BRIDGE)
        chosen = self._choose_subnet(existing)
        bip = settings.bip or (str(existing) if existing is not None else "")
        pool = ipam.plan_pool(bip, settings.fixed_cidr, settings.default_gateway, chosen)
        self._store.remember("subnet", str(pool.subnet))
        self._leases = Leases(pool, default_addresses(settings.default_ip, userland_proxy=proxied))
        address = ipaddress.IPv4Interface(f"{pool.gateway}/{pool.subnet.prefixlen}")
        self._bridge.ensure(address)
        policy = firewall.Policy(
            settings.bridge, pool.subnet, icc=settings.icc, masquerade=settings.ip_masq, userland_proxy=proxied
        )
        self._filter = packet_filter.choose(policy, enabled=settings.iptables, backend=settings.firewall_backend)
        self._filter.reset(self._published())
        self._bridge.forward(forward=settings.ip_forward, route_localnet=settings.iptables and not proxied)

    def _choose_subnet(self, existing: ipaddress.IPv4Interface | None) -> ipam.Network:
        """The subnet of an existing bridge, else the remembered one while it is free, else the first free pool."""
        if existing is not None:
            return existing.network
        if self._settings.bip:
            return ipam.default_pools()[0]  # --bip decides
        remembered = self._store.setting("subnet")
        first = [ipam.Network(remembered)] if remembered else []
        return ipam.choose_pool([*first, *ipam.default_pools()], bridge.host_routes(self._settings.bridge))

    async def close(self) -> None:
        """Let go of everything, but leave containers, rules and proxied ports as they are."""
        if self._watch is not None:
            self._watch.close()
        asyncio.get_running_loop().remove_reader(self._proxies.ends)
        await asyncio.to_thread(self._visitor.close)
        self._proxies.close()
        for entry in self._entries.values():
            close_sockets(entry.sockets)
        self._store.close()

    async def recover(self, alive: Collection[str]) -> list[str]:
        """Remove what belongs to containers that are not ``alive`` (full ids), and serve the others again.

        To be called once, after :meth:`open` and before the first join. Returns what was removed, for the log: ids of
        containers, names of links, and host ports that could not be bound again.
        """
        gone = [container for container in self._entries if container not in alive]
        leases = self._leases
        if leases is not None:
            for entry in self._entries.values():
                if entry.attachment.address:  # none of its own on host and none
                    leases.adopt(entry.attachment)
        for container in gone:
            await self.leave(container)
        return gone if leases is None else gone + await self._on_thread(self._restore)

    def _restore(self) -> list[str]:
        """On the network thread: orphaned links and proxied ports go, missing proxied ports come back."""
        removed = self._bridge.remove_orphans({e.attachment.link for e in self._entries.values()})
        for owner in self._proxies.owners():
            if owner not in self._entries:
                self._proxies.remove(owner)
                removed.append(owner)
        removed += self._serve(lambda _entry: True)
        self._filter.reset(self._published())
        return removed

    def _serve(self, wanted: Callable[[_Entry], bool]) -> list[str]:
        """On the network thread: have the proxy hold every port that it should; what could not be bound."""
        held, lost = self._proxies.owners(), []
        for container, entry in list(self._entries.items()):
            if not wanted(entry):
                continue
            have = held.get(container, set())
            for binding in bindings.from_shown(entry.attachment.ports):
                if f"{binding.protocol}/{binding.host_ip}/{binding.host_port}" in have:
                    continue
                try:
                    entry.sockets[binding] = bind_port(binding, ipaddress.IPv4Address(entry.attachment.address))
                except (System, OSError) as error:
                    # Somebody took the port while nobody held it: this one way in is lost, the daemon is not.
                    lost.append(f"{container}: {error}")
            if entry.sockets:
                self._hand_over(entry)
        return lost

    # Joining and leaving

    async def join(self, wanted: Wanted, netns: int) -> Attachment:
        """Put the namespace of fd ``netns`` on its network; what was recorded and done is undone when it fails.

        Raises Conflict, Invalid, NotFound, Unavailable, System (ports, with Docker's text) or OSError.
        """
        await self.reserve(wanted)
        return await self.connect(wanted.container, netns)

    async def reserve(self, wanted: Wanted) -> Attachment:
        """The part of :meth:`join` that needs no namespace yet: address, ports (bound), record.

        The engine may do it while the sandbox is being made; then :meth:`connect` or :meth:`leave` must follow.
        """
        if wanted.container in self._entries:
            raise Conflict(f"container {wanted.container} is already attached to a network")
        kind = mode.parse(wanted.mode).kind
        if kind != "bridge":
            # Nothing of it is in the kernel, so nothing is recorded.
            self._entries[wanted.container] = _Entry(self._plain(wanted, kind))
            return self._entries[wanted.container].attachment
        entry = self._draw(wanted)
        self._entries[wanted.container] = entry
        try:
            failpoint("network.drawn")
            await self._store.record(entry.attachment)
            failpoint("network.recorded")
        except BaseException:
            try:
                await asyncio.shield(self._store.forget(wanted.container))
            finally:
                self._drop(entry)
            raise
        return entry.attachment

    def _plain(self, wanted: Wanted, kind: str) -> Attachment:
        """The attachment of a container on host, none or another container's network."""
        bare = Attachment(container=wanted.container, name=wanted.name, network="")
        if kind == "container":
            return bare
        identity = self._store.identity(kind)[0]
        return replace(bare, network=kind, network_id=identity, endpoint=ids.new(), sandbox=ids.new())

    def _draw(self, wanted: Wanted) -> _Entry:
        """Take an address and bind the ports of a container on the bridge."""
        leases = self._leases
        if leases is None:
            raise NotFound("network bridge not found", hint="the daemon runs with --bridge=none")
        endpoint = ids.new()
        name = bridge.link_name(endpoint)
        address = leases.take_address(wanted)
        try:
            mac = bridge.mac_for(address, wanted.mac)
            interface, sysctls = endpoint_options.read(wanted.driver_opts)
            sockets = leases.take_ports(wanted, address)
        except BaseException as error:
            leases.release(wanted.container, name)
            if isinstance(error, (System, OSError)):
                raise _external(wanted.name, endpoint, error) from error
            raise
        attachment = Attachment(
            container=wanted.container,
            name=wanted.name,
            network="bridge",
            network_id=self._store.identity("bridge")[0],
            endpoint=endpoint,
            sandbox=ids.new(),
            address=str(address),
            prefix=leases.pool.subnet.prefixlen,
            gateway=self._settings.default_gateway or str(leases.pool.gateway),
            mac=mac,
            link=name,
            interface=interface,
            link_local=list(wanted.link_local),
            sysctls=[list(pair) for pair in sysctls],
            ports=bindings.shown(wanted, sockets),
        )
        return _Entry(
            attachment,
            ipv6=wanted.ipv6 or any("/ipv6/" in path for path, _ in sysctls),
            sockets=sockets,
            former=leases.former_link(address),
        )

    async def connect(self, container: str, netns: int) -> Attachment:
        """Do in the kernel what :meth:`reserve` recorded; when it fails, everything is undone and struck out."""
        entry = self._entries.get(container)
        if entry is None:
            raise NotFound(f"container {container} has no place in a network: reserve it first")
        if entry.attachment.network != "bridge":
            return entry.attachment
        try:
            await self._on_thread(lambda: self._connect(entry, netns))
        except BaseException:
            await asyncio.shield(self._leave(entry, remove_link=True))
            raise
        return entry.attachment

    def _connect(self, entry: _Entry, netns: int) -> None:
        """On the network thread."""
        attachment = entry.attachment
        entry.connected = True
        if entry.former:
            self._bridge.remove_link(entry.former)
        self._bridge.connect(attachment, netns, ipv6=entry.ipv6)
        failpoint("network.linked")
        if not entry.sockets:
            return
        try:
            self._hand_over(entry)
            failpoint("network.proxied")
            self._filter.publish(_targets(attachment))
            failpoint("network.published")
        except (HutchError, OSError) as error:
            raise _external(attachment.name, attachment.endpoint, error) from error

    def _hand_over(self, entry: _Entry) -> None:
        """Give bound sockets to the proxy, or keep them, when there is none, to hold the ports."""
        if not self._settings.userland_proxy:
            return
        address = ipaddress.IPv4Address(entry.attachment.address)
        for binding, sock in list(entry.sockets.items()):
            if sock is not None:
                self._proxies.add(entry.attachment.container, binding, address, sock)
                sock.close()
            del entry.sockets[binding]

    async def leave(self, container: str, *, outlived: bool = False) -> None:
        """Take a container off its network: ports, rules, address, record. Idempotent.

        The interface itself goes with the container's namespace; when that is ``outlived`` by another container in it,
        the interface is removed, as its address is given back.
        """
        entry = self._entries.get(container)
        if entry is not None:
            await asyncio.shield(self._leave(entry, remove_link=outlived))

    async def _leave(self, entry: _Entry, *, remove_link: bool) -> None:
        attachment = entry.attachment
        async with entry.leaving:
            if self._entries.get(attachment.container) is not entry:
                return
            if attachment.network == "bridge":
                failpoint("network.leaving")
                if entry.connected and (attachment.ports or remove_link):
                    await self._on_thread(lambda: self._disconnect(attachment, remove_link=remove_link))
                failpoint("network.left")
                await self._store.forget(attachment.container)
            self._drop(entry)

    def _disconnect(self, attachment: Attachment, *, remove_link: bool) -> None:
        """On the network thread."""
        published = _targets(attachment)
        if published:
            self._filter.withdraw(published)
            failpoint("network.withdrawn")
            if self._settings.userland_proxy:
                self._proxies.remove(attachment.container)
        if remove_link:
            self._bridge.remove_link(attachment.link)

    def _drop(self, entry: _Entry) -> None:
        close_sockets(entry.sockets)
        self._entries.pop(entry.attachment.container, None)
        if self._leases is not None:
            self._leases.release(entry.attachment.container, entry.attachment.link)

    def _published(self) -> list[firewall.Published]:
        return [target for e in self._entries.values() for target in _targets(e.attachment)]

    # Questions

    def attachment(self, container: str) -> Attachment | None:
        """The place of a container, or None while it is on no network."""
        entry = self._entries.get(container)
        return entry.attachment if entry is not None else None

    def adopt(self, attachment: Attachment) -> None:
        """Note a running container of a former daemon on host or none, whose place only the engine recorded."""
        if attachment.network in ("host", "none"):
            self._entries.setdefault(attachment.container, _Entry(attachment))

    def rename(self, container: str, name: str) -> None:
        """Note a container's new name, for ``network inspect``."""
        entry = self._entries.get(container)
        if entry is not None:
            entry.attachment = replace(entry.attachment, name=name)

    @property
    def host_gateway(self) -> str:
        """The address that ``host-gateway`` in ``--add-host`` stands for; "" when there is none."""
        if self._settings.host_gateway_ip or self._leases is None:
            return self._settings.host_gateway_ip
        return str(self._leases.pool.gateway)

    @property
    def firewall(self) -> str:
        """What makes the rules: nftables, iptables or none; for ``info``."""
        return self._filter.name

    def describe(self, attachment: Attachment, *, ipv6: bool = False) -> list[bridge.Step]:
        """Every kernel step of connecting this attachment, in order; nothing is run."""
        if attachment.network != "bridge":
            return []
        settings = self._settings
        return bridge.describe(attachment, settings.bridge, settings.mtu, ipv6=ipv6, **_port_flags(settings))

    def _networks(self) -> list[Json]:
        pool = self._leases.pool if self._leases is not None else None
        names = [name for name in mode.PREDEFINED if name != "bridge" or pool is not None]
        subnet, gateway = (str(pool.subnet), str(pool.gateway)) if pool is not None else ("", "")
        return [
            listing.network(n, self._store.identity(n), settings=self._settings, subnet=subnet, gateway=gateway)
            for n in names
        ]

    def list(self, filters: Mapping[str, Sequence[str]]) -> list[Json]:
        """``GET /networks``. Raises Invalid for an unknown filter."""
        return listing.select(self._networks(), filters)

    async def prune(self, filters: Mapping[str, Sequence[str]]) -> Json:
        """``POST /networks/prune``: predefined networks are never removed, and there are no others yet.

        Raises Invalid for an unknown filter.
        """
        wanted_filters.check(filters, {"label", "label!", "until"})
        return {"NetworksDeleted": None}

    def inspect(self, ref: str) -> Json:
        """``GET /networks/{id}``. Raises NotFound."""
        found = listing.find(self._networks(), ref)
        here = [e.attachment for e in self._entries.values() if e.attachment.network == found["Name"]]
        return {**found, "Containers": listing.containers(here)}


def _port_flags(settings: NetworkSettings) -> dict[str, bool]:
    """How the ports of the bridge forward."""
    return {"isolated": not settings.icc, "hairpin": not settings.userland_proxy}


def _targets(attachment: Attachment) -> list[firewall.Published]:
    """The ports of an attachment with the address they lead to."""
    if not attachment.address:
        return []
    address = ipaddress.IPv4Address(attachment.address)
    return [(binding, address) for binding in bindings.from_shown(attachment.ports)]


def _external(name: str, endpoint: str, error: BaseException) -> System:
    """Docker's words around an error of publishing ports."""
    return System(f"driver failed programming external connectivity on endpoint {name} ({endpoint}): {error}")
