"""``start``: the one file that talks to five rooms, top to bottom.

    storage   the root file system as mounts
    volumes   what else is mounted
    network   an address and the ports, recorded; the kernel's part waits until the namespaces exist
    spec      everything becomes one OCI config (pure)
    launcher  forks a keeper, which makes the namespaces and executes the config up to start
    network   the interface goes into the namespace
    keeper    the container's process begins

Whatever fails, what was done is undone in the opposite order, and the reason stays in the container's state.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import AsyncExitStack, suppress
from typing import Any, Protocol

import msgspec

from hutch.engine import endpoints, folder, merge, states
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.folder import Resolver
from hutch.engine.keeper import Keeper
from hutch.engine.launcher import Launcher
from hutch.engine.record import Record, replace
from hutch.engine.roster import Roster
from hutch.engine.start_failure import failure, on_network
from hutch.engine.store import Store
from hutch.engine.supervise import Supervisor
from hutch.linux.failpoint import failpoint
from hutch.linux.reasons import text_of
from hutch.model.endpoint import EndpointIPAMConfig
from hutch.model.errors import Conflict, HutchError, Invalid, NotFound, System
from hutch.model.mount import Mount
from hutch.model.network import Attachment, Wanted
from hutch.network.listing import DRIVERS
from hutch.network.service import Networks
from hutch.storage.driver import StorageDriver

Json = dict[str, Any]
PATIENCE = 60.0
"""Seconds for a keeper to make a sandbox, and again for the process to begin."""
_NO_RESOLVER = Resolver()


class Volumes(Protocol):
    """What a start needs of the volumes."""

    async def mount(self, record: Record, root: list[Mount]) -> list[Mount]:
        """The user's mounts of the container, sources made ready; ``root`` is its file system, for copying up."""

    async def ended(self, container: str) -> None:
        """It does not run (any more): what was made ready for its run alone may go. Idempotent."""


class Builder(Protocol):
    """Makes the OCI config (spec) and what the keeper must know besides."""

    def config(self, record: Record, files: list[Mount], mounts: list[Mount], joined: dict[str, str]) -> Json:
        """The OCI runtime config. Raises Invalid, Forbidden."""

    def keeper(self, record: Record, config: Json, rootfs: list[Mount], folder: str) -> Json:
        """The ``keeper`` part of the launcher's request (docs/map.md)."""


class Starter:
    """Starts containers."""

    def __init__(
        self,
        *,
        roster: Roster,
        store: Store,
        events: Events,
        supervisor: Supervisor,
        storage: StorageDriver,
        volumes: Volumes,
        networks: Networks,
        launcher: Launcher,
        builder: Builder,
        data_root: str,
        resolver: Resolver = _NO_RESOLVER,
    ) -> None:
        self._roster = roster
        self._store = store
        self._events = events
        self._supervisor = supervisor
        self._storage = storage
        self._volumes = volumes
        self.networks = networks
        self._launcher = launcher
        self._builder = builder
        self._data_root = data_root
        self._resolver = resolver

    async def start(self, container: Container) -> None:
        """Start it for the user. Raises NotModified, Conflict, Invalid (126, 127), StartFailed, System."""
        await container.cleaned()
        async with container.turn("start"):
            states.check_start(container.record)
            container.cancel_restart()
            container.kill_sent = False
            container.wait_before = 0.0
            container.record = replace(container.record, restart_count=0)
            await self._start(container)

    async def restart_by_policy(self, container: Container) -> None:
        """Start it again because its restart policy says so."""
        async with container.turn("restart"):
            if container.record.state.status == "restarting":
                await self._start(container)

    async def _start(self, container: Container) -> None:
        try:
            async with AsyncExitStack() as undo:
                await self._steps(container, undo)
                undo.pop_all()
        except (HutchError, OSError) as error:
            self._failed(container, error)
            raise

    async def _steps(self, container: Container, undo: AsyncExitStack) -> None:
        record = container.record = self._with_shared_names(container.record)
        failpoint("start.begin")
        await container.alone()
        undo.callback(self._storage.release, record.id)
        rootfs = self._storage.mounts(record.id)
        undo.push_async_callback(self._volumes.ended, record.id)
        mounts = await self._volumes.mount(record, rootfs)
        failpoint("start.volumes")
        attachment = await self._reserve(record, undo)
        self._volume_events(record)
        failpoint("start.network-reserved")
        undo.callback(shutil.rmtree, self._supervisor.run_folder(record.id), ignore_errors=True)
        config, bundle = self._bundle(record, mounts, attachment)
        failpoint("start.bundle")
        container.record = replace(container.record, endpoints=attachment.to_json() if attachment else {})
        at_once = (attachment is None or not attachment.address) and len(container.streams) <= 1
        keeper = await self._launch(container, config, rootfs, bundle, undo, at_once=at_once)
        await self._connect(record, keeper)
        failpoint("start.connected")
        if not at_once:
            self._attach_waiting(container, keeper)
            keeper.start()
        failpoint("start.sent")
        await self._begun(keeper)

    def _with_shared_names(self, record: Record) -> Record:
        """A container in another one's network has its host name too, whatever that is by now."""
        if not record.network_mode.startswith("container:"):
            return record
        try:
            other = self._other(record.network_mode).config
        except NotFound as error:
            raise NotFound(f"joining network namespace of container: {error.message}") from None
        names = msgspec.structs.replace(record.config, hostname=other.hostname, domainname=other.domainname)
        return replace(record, config=names)

    async def _reserve(self, record: Record, undo: AsyncExitStack) -> Attachment | None:
        """Address and ports, recorded. None for a container in another one's network."""
        if record.network_mode.startswith("container:"):
            return None
        undo.push_async_callback(self.networks.leave, record.id)
        with on_network():
            try:
                attachment = await self.networks.reserve(wanted(record))
            except Conflict:
                await self.networks.leave(record.id)
                attachment = await self.networks.reserve(wanted(record))
        if attachment.network:
            self._network_event(record, "connect", attachment)
        return attachment

    def _bundle(self, record: Record, mounts: list[Mount], attachment: Attachment | None) -> tuple[Json, str]:
        """The OCI config and the folder it was written to."""
        home = self.folder(record.id)
        name = merge.hostname(record.config, record.host, record.id, os.uname().nodename)
        files_home, joined = home, self._joined(record)
        if record.network_mode.startswith("container:"):
            files_home = self.folder(self._other(record.network_mode).id)
        else:
            folder.write_names(
                home,
                record.host,
                hostname=name,
                domainname=record.config.domainname,
                address=attachment.address if attachment else "",
                gateway=self.networks.host_gateway,
                resolver=self._resolver,
            )
        files = folder.binds(files_home, {m.target for m in mounts})
        config = self._builder.config(record, files, mounts, joined)
        bundle = self._supervisor.run_folder(record.id)
        shutil.rmtree(bundle, ignore_errors=True)
        folder.write_bundle(bundle, config)
        return config, bundle

    def folder(self, container: str) -> str:
        """The container's folder in the data root."""
        return os.path.join(self._data_root, "containers", container)

    def _joined(self, record: Record) -> dict[str, str]:
        """Namespaces of other containers, by OCI type."""
        modes = {"network": record.network_mode, "pid": record.host.pid_mode, "ipc": record.host.ipc_mode}
        out = {}
        for kind, mode in modes.items():
            if mode.startswith("container:"):
                name = "net" if kind == "network" else kind
                other = self._other(mode) if kind == "network" else self._lender(mode, kind)
                out[kind] = f"/proc/{other.state.pid}/ns/{name}"
        return out

    def _other(self, mode: str) -> Record:
        """The running container whose network ``container:REF`` means. Raises System if there is none, Conflict."""
        ref = mode.partition(":")[2]
        try:
            record = self._roster.find(ref).record
        except NotFound:
            raise System(f"joining network namespace of container: No such container: {ref}") from None
        if not record.running:
            what = f"container {record.name} is {record.state.status}"
            raise Conflict(f"cannot join network namespace of a non running container: {what}")
        return record

    def _lender(self, mode: str, kind: str) -> Record:
        """The running container whose namespace of ``kind`` (pid, ipc) is to be joined. Raises Conflict, Invalid."""
        problem, ref = f"failed to join {kind.upper()} namespace", mode.partition(":")[2]
        try:
            record = self._roster.find(ref).record
        except NotFound:
            raise System(f"{problem}: No such container: {ref}") from None
        if not record.running:
            raise Conflict(f"{problem}: container {record.id} is not running")
        if kind == "ipc" and record.host.ipc_mode != "shareable":
            hint = "(hint: use IpcMode:shareable for the donor container)"
            raise Invalid(f"{problem}: container {record.id}: non-shareable IPC {hint}")
        return record

    async def _launch(
        self,
        container: Container,
        config: Json,
        rootfs: list[Mount],
        bundle: str,
        undo: AsyncExitStack,
        *,
        at_once: bool,
    ) -> Keeper:
        """Have a keeper made; ``at_once``: with no network to join it need not wait between created and start."""
        record = container.record
        request = self._builder.keeper(record, config, rootfs, bundle)
        request["start"] = at_once
        waiting = [container.streams.pop() for _ in range(len(container.streams) if at_once else 0)]
        try:
            for stream in waiting:
                request["attach"] = {**stream.message, "seq": 0}
                container.attachments.add(0)
            sock = await self._launcher.create(record.id, bundle, request, [stream.fd for stream in waiting])
        finally:
            for stream in waiting:
                os.close(stream.fd)
        watch = self._supervisor.watch(container)
        keeper = Keeper(sock, record.id, watch)
        container.keeper = keeper

        def give_up() -> None:
            watch.over = True
            container.keeper, container.former = None, keeper
            keeper.created.cancel()  # whoever waits for it has its descriptor, and nobody will now
            with suppress(HutchError):
                keeper.release()

        undo.callback(give_up)
        keeper.hold()
        failpoint("start.launched")
        return keeper

    async def _connect(self, record: Record, keeper: Keeper) -> None:
        """Wait for the namespaces, and put the container on its network."""
        created = await asyncio.wait_for(keeper.created, PATIENCE)
        try:
            if keeper.outcome.done() and (outcome := keeper.outcome.result()).get("event") == "failed":
                raise failure(outcome)
            failpoint("start.created")
            if created.netns is not None and self.networks.attachment(record.id) is not None:
                with on_network():
                    await self.networks.connect(record.id, created.netns)
        finally:
            if created.netns is not None:
                os.close(created.netns)

    @staticmethod
    async def _begun(keeper: Keeper) -> None:
        outcome = await asyncio.wait_for(keeper.outcome, PATIENCE)
        if outcome.get("event") == "failed":
            raise failure(outcome)

    def _attach_waiting(self, container: Container, keeper: Keeper) -> None:
        """Clients that came before the start."""
        streams, container.streams = container.streams, []
        for stream in streams:
            seq = keeper.number()
            container.attachments.add(seq)
            try:
                keeper.attach(stream.fd, seq, stream.message)
            finally:
                os.close(stream.fd)

    def _failed(self, container: Container, error: HutchError | OSError) -> None:
        code = getattr(error, "exit_code", None) or 128
        message = text_of(error)
        container.record = replace(states.start_failed(container.record, code, message), endpoints={})
        container.drop_streams()
        self._store.later(container.record)
        container.tell_exit()
        if container.record.auto_remove:
            container.cleaning = None
            self._supervisor.spawn(self._supervisor.remove(container))

    def _volume_events(self, record: Record) -> None:
        for point in record.mounts:
            if point.kind == "volume":
                attributes = {
                    "container": record.id,
                    "destination": point.destination,
                    "driver": point.driver,
                    "propagation": point.propagation,
                    "read/write": "true" if point.rw else "false",
                }
                self._events.publish("volume", "mount", point.name, attributes)

    def _network_event(self, record: Record, action: str, attachment: Attachment) -> None:
        driver = DRIVERS.get(attachment.network, attachment.network)
        attributes = {"container": record.id, "name": attachment.network, "type": driver}
        self._events.publish("network", action, attachment.network_id, attributes)

    def former_network(self, record: Record) -> str:
        """The id of the network that a container which has run, and does not run now, is still said to be on."""
        if record.has_run and not record.endpoints:
            with suppress(NotFound):
                return str(self.networks.inspect(record.network_mode)["Id"])
        return ""

    def renamed(self, container: Container) -> None:
        """The network shows its containers by name."""
        self.networks.rename(container.id, container.record.name)

    async def release(self, container: Container) -> None:
        """Give back what a container holds only while it runs. Idempotent."""
        record = container.record
        attachment = self.networks.attachment(record.id)
        if attachment is not None:
            mode = f"container:{record.id}"
            shared = any(other.record.running and other.record.network_mode == mode for other in self._roster)
            await self.networks.leave(record.id, outlived=shared)
            if attachment.network:
                self._network_event(record, "disconnect", attachment)
        self._storage.release(record.id)
        await self._volumes.ended(record.id)
        for point in record.mounts:
            if point.kind == "volume":
                self._events.publish("volume", "unmount", point.name, {"container": record.id, "driver": point.driver})


def wanted(record: Record) -> Wanted:
    """What the container wants of the network."""
    endpoint = endpoints.of(record.networking, record.network_mode)
    ipam = endpoint.ipam_config or EndpointIPAMConfig()
    bindings = {
        key: [msgspec.to_builtins(b) for b in many or ()] for key, many in (record.host.port_bindings or {}).items()
    }
    return Wanted(
        container=record.id,
        name=record.name,
        mode=record.network_mode,
        bindings=bindings,
        exposed=list(record.config.exposed_ports or ()),
        publish_all=record.host.publish_all_ports,
        mac=record.config.mac_address or endpoint.mac_address,
        address=ipam.ipv4_address,
        link_local=ipam.link_local_ips or (),
        driver_opts=endpoint.driver_opts or {},
        ipv6=any(key.startswith("net.ipv6.conf.") for key in record.host.sysctls or {}),
    )
