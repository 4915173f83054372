"""``create``: a request becomes a container that can be started.

Everything is decided first (image, config, mounts, names), then the whole record is committed once, and while the disk
is busy with that its folders are made: a daemon that dies in between leaves a record from which the next one makes the
rest, or folders that belong to nobody, which the next one removes.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Protocol

import msgspec

from hutch.engine import checks, endpoints, folder, merge, mounts, names, propagation
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.launcher import Launcher
from hutch.engine.record import Mounted, Record
from hutch.engine.roster import Roster
from hutch.engine.store import Store
from hutch.images.resolve import check_platform
from hutch.linux.failpoint import failpoint
from hutch.logs import drivers as logs
from hutch.model import ids, wire
from hutch.model import platform as platforms
from hutch.model.container import Config, create_body
from hutch.model.errors import HutchError, Invalid, NotFound
from hutch.model.host_config import HostConfig
from hutch.spec import adapt, limits, validate
from hutch.spec.machine import Machine
from hutch.storage.driver import StorageDriver

_log = logging.getLogger(__name__)
Json = dict[str, Any]
_LOG_FILE = {"json-file": "{id}-json.log", "local": "local-logs/container.log"}


class Image(Protocol):
    """What a container takes from its image."""

    @property
    def id(self) -> str:
        """``sha256:...``."""

    @property
    def config(self) -> Json:
        """The OCI image config."""

    @property
    def top(self) -> str | None:
        """The chain id of its last layer."""


class Volumes(Protocol):
    """What creation needs of the volumes."""

    async def claim(self, container: str, point: Mounted) -> Mounted:
        """The volume of the mount point, made if it is not there, now used by the container."""

    def is_mount(self, point: Mounted) -> bool:
        """Whether the volume is mounted only when a container begins to run with it."""

    async def forget(self, container: str, *, anonymous: bool) -> None:
        """The container uses no volume; with ``anonymous`` those that nobody named or uses are removed."""


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon's settings say where a request says nothing."""

    runtime: str = "hutch"
    runtimes: frozenset[str] = frozenset(("hutch",))
    log_driver: str = "json-file"
    log_options: Mapping[str, str] = {}
    shm_size: int = 64 << 20
    ipc_mode: str = "private"
    network_mode: str = "bridge"
    cgroupns_mode: str = ""
    cgroup_parent: str = ""
    init: bool = False


class Creator:
    """Creates containers. ``resolve`` finds an image by reference or id and raises NotFound in Docker's words."""

    def __init__(
        self,
        *,
        roster: Roster,
        store: Store,
        events: Events,
        storage: StorageDriver,
        volumes: Volumes,
        launcher: Launcher,
        resolve: Callable[[str], Image],
        machine: Machine,
        defaults: Defaults,
        data_root: str,
    ) -> None:
        self._roster = roster
        self._store = store
        self._events = events
        self._storage = storage
        self._volumes = volumes
        self._launcher = launcher
        self._resolve = resolve
        self._machine = machine
        self._defaults = defaults
        self._data_root = data_root

    def take(self, defaults: Defaults) -> None:
        """Other defaults from now on: the daemon's settings were read again."""
        self._defaults = defaults

    async def create(self, name: str | None, platform: str | None, body: Json) -> Json:
        """The answer of ``POST /containers/create``. Raises Invalid, NotFound, Conflict, Unsupported."""
        failpoint("create.begin")
        if name:
            names.check(name)
        record, warnings = self.plan(name or "", platform, body)
        async with AsyncExitStack() as undo:
            undo.callback(self._launcher.forgo, record.id)
            self._roster.reserve(record.name, record.id)
            undo.callback(self._roster.release, record.name, record.id)
            undo.push_async_callback(self._volumes.forget, record.id, anonymous=True)
            record = await self._claim_volumes(record)
            failpoint("create.reserved")
            undo.push_async_callback(self._forget, record)
            saved = asyncio.wrap_future(self._store.now(record, sparing=False))
            try:
                self.make(record)  # while the disk is busy with the record
                failpoint("create.made")
            finally:
                await saved
            failpoint("create.recorded")
            self._roster.add(Container(record))
            undo.pop_all()
        self._events.container(record, "create")
        return {"Id": record.id, "Warnings": warnings}

    async def _forget(self, record: Record) -> None:
        """Undo the record and what :meth:`make` made; what cannot be removed now goes when the next daemon starts."""
        try:
            self._storage.remove(record.id)
            shutil.rmtree(f"{self._data_root}/containers/{record.id}", ignore_errors=True)
        except (HutchError, OSError) as error:
            _log.error("undoing the creation of container %s: %s", record.id, error)
        await asyncio.wrap_future(self._store.forget(record.id))

    def plan(self, name: str, platform: str | None, body: Json, *, draw: bool = True) -> tuple[Record, list[str]]:
        """The record that the request asks for, and warnings; nothing is done but drawing an id, if ``draw``."""
        asked = create_body(body)
        image = self._image(asked.config, platform)
        config = merge.config(asked.config, wire.decode(Config, image.config.get("config") or {}, path="Config"))
        host, warnings = self._host(asked.host)
        validate.validate(asked.config, host)
        self._name_joined(host)
        checks.config(config)
        checks.host(host, self._defaults.runtimes)
        logs.validate(host.log_config.type, host.log_config.config or {})
        endpoints.check(asked.networking, host, asked.config.mac_address)
        config.mac_address = config.mac_address or endpoints.hardware_address(asked.networking, host)
        points = tuple(mounts.collect(config, host, self._mounts_of, self._data_root))
        container = self._draw(host, points) if draw else ids.new()
        if not config.hostname:
            config.hostname = merge.hostname(config, host, container, os.uname().nodename)
        path, args = merge.command(config)
        record = Record(
            id=container,
            name=name.removeprefix("/") or names.make_up(self._roster.names),
            created=time.time_ns(),
            image=image.id,
            image_name=config.image,
            top=image.top,
            path=path,
            args=args,
            config=config,
            host=host,
            networking=asked.networking,
            mounts=points,
            driver=self._storage.name,
            log_path=self._log_path(container, host.log_config.type),
        )
        return record, warnings

    def _name_joined(self, host: HostConfig) -> None:
        """``container:NAME`` becomes ``container:ID``, so that the other one may be renamed.

        That there is no such container is found out by the start for its network, and now for the others, as with
        dockerd. Raises Invalid.
        """
        for field in ("network_mode", "pid_mode", "ipc_mode"):
            kind, _, ref = getattr(host, field).partition(":")
            if kind != "container":
                continue
            try:
                setattr(host, field, f"container:{self._roster.find(ref).record.id}")
            except NotFound as error:
                if field != "network_mode":
                    raise Invalid(error.message) from None

    def _image(self, config: Config, platform: str | None) -> Image:
        if not config.image:
            raise Invalid("no image specified" if config.cmd or config.entrypoint else "no command specified")
        image = self._resolve(config.image)
        if platform:
            check_platform(image.config, config.image, [platforms.parse(platform)])
        return image

    def _host(self, host: HostConfig) -> tuple[HostConfig, list[str]]:
        """The HostConfig with defaults, and warnings about what this kernel cannot do."""
        defaults = self._defaults
        if not host.cgroupns_mode and defaults.cgroupns_mode and not host.privileged:
            host.cgroupns_mode = defaults.cgroupns_mode
        host.cgroup_parent = host.cgroup_parent or defaults.cgroup_parent
        if host.init is None and defaults.init:
            host.init = True
        adapt.adapt(
            host,
            self._machine,
            runtime=defaults.runtime,
            ipc_mode=defaults.ipc_mode,
            network_mode=defaults.network_mode,
            shm_size=defaults.shm_size,
            log_driver=defaults.log_driver,
            log_options=dict(defaults.log_options),
        )
        host.port_bindings = host.port_bindings or {}
        warnings = limits.verify(host, self._machine)
        if host.network_mode == "host" and (host.port_bindings or host.publish_all_ports):
            warnings.append("Published ports are discarded when using host network mode")
        return host, warnings

    def _mounts_of(self, ref: str) -> Sequence[Mounted]:
        try:
            return self._roster.find(ref).record.mounts
        except NotFound as error:
            raise Invalid(error.message) from None

    def _draw(self, host: HostConfig, points: Sequence[Mounted]) -> str:
        """The id: that of a parked sandbox when it fits what is asked for."""
        # What is mounted later than a sandbox was parked may never be seen in it.
        late = any(point.kind == "volume" and self._volumes.is_mount(point) for point in points)
        if (
            not late
            and standard(host)
            and propagation.arrives([point.source for point in points if point.kind == "bind"])
        ):
            drawn = self._launcher.draw()
            if drawn is not None and self._roster.get(drawn) is None:
                return drawn
        return ids.new()

    def _log_path(self, container: str, driver: str) -> str:
        name = _LOG_FILE.get(driver)
        return f"{self._data_root}/containers/{container}/{name.format(id=container)}" if name else ""

    async def _claim_volumes(self, record: Record) -> Record:
        points = []
        for point in record.mounts:
            if point.kind == "bind" and point.must_exist and not os.path.exists(point.source):
                problem = f"bind source path does not exist: {point.source}"
                raise Invalid(f'invalid mount config for type "bind": {problem}')
            points.append(await self._volumes.claim(record.id, point) if point.kind == "volume" else point)
        return msgspec.structs.replace(record, mounts=tuple(points))

    def make(self, record: Record) -> None:
        """What a recorded container needs on disk. Idempotent: the next daemon calls it for half-made ones."""
        if not self._storage.exists(record.id):
            self._storage.prepare(record.id, record.top, record.host.storage_opt)
            self._storage.release(record.id)
            failpoint("create.layer")
        home = f"{self._data_root}/containers/{record.id}"
        if not os.path.isdir(home):
            folder.make(home)
        if record.host.log_config.type == "local" and not os.path.isdir(f"{home}/local-logs"):
            folder.make(f"{home}/local-logs")


def standard(host: HostConfig) -> bool:
    """Whether a parked sandbox fits: own pid, net, ipc, mnt and uts namespaces, nothing privileged or joined."""
    return (
        not host.privileged
        and host.network_mode not in ("host",)
        and not host.network_mode.startswith("container:")
        and host.pid_mode == ""
        and host.ipc_mode in ("private", "shareable", "none")
        and host.uts_mode == ""
        and host.cgroup_parent == ""
        and host.runtime == "hutch"
    )
