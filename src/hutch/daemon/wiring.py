"""The one place where the rooms' objects are built and handed to each other.

``build`` is called once, as root, with the exclusive lock on the data root held and the state folders made, before
any listener accepts. What it does, in order: open the databases, open the storage driver, images, volumes and
networks, find or start the launcher, recover the containers of a former daemon, and answer with the
:class:`~hutch.api.backends.Backends` that the routes call. It raises ``hutch.model.errors`` kinds; the daemon then
ends with the message. Whatever it has opened is closed by ``Backends.lifecycle.close``.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from hutch import __version__
from hutch.api.backends import Backends
from hutch.daemon import premises, room_settings
from hutch.daemon.room_settings import CGROUP_PARENT
from hutch.engine import view
from hutch.engine.bundle import Bundler
from hutch.engine.commit import Freezer
from hutch.engine.containers import Containers
from hutch.engine.create import Creator
from hutch.engine.disk_usage import DiskUsage
from hutch.engine.events import Events
from hutch.engine.exec import Execs
from hutch.engine.files import Files
from hutch.engine.folder import Resolver
from hutch.engine.health import Monitors
from hutch.engine.info import Info
from hutch.engine.launcher import Launcher
from hutch.engine.lifecycle import Lifecycle
from hutch.engine.machine import machine
from hutch.engine.recover import Recovery
from hutch.engine.remove import Remover
from hutch.engine.roster import Roster
from hutch.engine.seccomp_files import SeccompFiles
from hutch.engine.start import Starter
from hutch.engine.store import Store
from hutch.engine.supervise import Supervisor
from hutch.engine.system import System
from hutch.engine.user_mounts import UserMounts
from hutch.images import gc
from hutch.images.service import Images
from hutch.linux.files import ensure_folder
from hutch.network.service import Networks
from hutch.storage.database import Database
from hutch.storage.driver import StorageDriver
from hutch.storage.drivers import open_driver
from hutch.volumes.service import Volumes
from hutch.volumes.store import MIGRATIONS as VOLUME_MIGRATIONS

if TYPE_CHECKING:
    from hutch.daemon.config import Config
    from hutch.spec.machine import Machine


class _Rooms:
    """The rooms below the engine, opened."""

    def __init__(self, config: Config, events: Events, roster: Roster) -> None:
        chosen = open_driver(config.data_root, config.storage_driver, config.storage_opts)
        self.storage: StorageDriver = chosen.driver
        self.storage_reason = chosen.reason

        def in_use(image: str) -> list[tuple[str, bool]]:
            return [(c.id, c.record.running) for c in roster if c.record.image == image]

        def emit(action: str, identifier: str, attributes: Mapping[str, str]) -> None:
            loop.call_soon_threadsafe(events.publish, "image", action, identifier, attributes)

        loop = asyncio.get_running_loop()
        self.images = Images(
            _images_home(config.data_root, self.storage.name),
            self.storage,
            in_use=in_use,
            emit=emit,
            registries=room_settings.registry_settings(config),
            gc=gc.policy(config.gc),
        )
        self.volume_records = Database(f"{config.data_root}/volumes.db", VOLUME_MIGRATIONS)

        def tell(action: str, name: str, **attributes: str) -> None:
            about = attributes or {"driver": "local"}
            loop.call_soon_threadsafe(events.publish, "volume", action, name, about)

        self.volumes = Volumes(f"{config.data_root}/volumes", self.volume_records, tell)
        self.networks = Networks(
            room_settings.network_settings(config), f"{config.data_root}/network.db", config.exec_root
        )

    async def open(self) -> None:
        """What needs the kernel."""
        await self.networks.open()

    def closers(self) -> list[Callable[[], Awaitable[None]]]:
        """What closes them, in order."""

        async def files() -> None:
            for close in (self.volumes.close, self.volume_records.close, self.images.close, self.storage.close):
                await asyncio.to_thread(close)

        return [self.networks.close, files]


async def build(config: Config) -> Backends:
    """Build every room for ``config`` and recover what a former daemon left."""
    for root in (config.data_root, config.exec_root):
        ensure_folder(f"{root}/containers", 0o700)
    facts, events, roster = machine(), Events(), Roster()
    rooms = _Rooms(config, events, roster)
    async with AsyncExitStack() as undo:
        for close in reversed(rooms.closers()):
            undo.push_async_callback(close)
        store = Store(f"{config.data_root}/engine.db")
        undo.callback(store.close)
        await rooms.open()
        launcher = _launcher(config)
        await launcher.open()
        undo.callback(launcher.close)
        backends = await _Engine(config, facts, events, roster, rooms, store, launcher).open()
        undo.pop_all()
    return backends


class _Engine:
    """The engine over its rooms. Its parts know each other by what they do; each is made once, here."""

    def __init__(
        self,
        config: Config,
        facts: Machine,
        events: Events,
        roster: Roster,
        rooms: _Rooms,
        store: Store,
        launcher: Launcher,
    ) -> None:
        self.config, self.facts, self.events, self.roster = config, facts, events, roster
        self.rooms, self.store, self.launcher = rooms, store, launcher
        self.runtimes = room_settings.runtimes(config)
        filters = SeccompFiles(f"{config.exec_root}/seccomp", f"{config.data_root}/cache/seccomp")
        settings = room_settings.engine_settings(config, self.runtimes)
        self.bundler = Bundler(facts, settings, config.exec_root, filters.path)
        self.mounts = UserMounts(rooms.volumes)
        self.execs = Execs(roster, events, self.bundler, partial(view.check_user, f"{config.exec_root}/containers"))
        # What follows an end is decided by the supervisor and done by those that are told of it below: a circle.
        self.supervisor = Supervisor(
            store,
            events,
            config.exec_root,
            release=lambda container: self.starter.release(container),
            restart=lambda container: self.starter.restart_by_policy(container),
            remove=lambda container: self.remover.auto(container),
            clean=lambda container: self.recovery.clean(container),
            begun=Monitors(self.execs, events, store).begin,
        )
        self.creator, self.starter, self.remover = self._creator(), self._starter(), self._remover()
        self.recovery = self._recovery()

    async def open(self) -> Backends:
        """Take over the containers of a former daemon; then everything that the routes call."""
        await self.recovery.run()
        running = {container.id for container in self.roster if container.record.running}
        await self.rooms.volumes.recover({container.id for container in self.roster} | self.recovery.others, running)
        await self.recovery.start_by_policy()
        identity = room_settings.identity(self.config.data_root)
        info = self._info(identity)
        containers = self._containers()
        return Backends(
            containers=containers,
            execs=self.execs,
            files=self._files(),
            images=self.rooms.images,
            volumes=self.rooms.volumes,
            networks=self.rooms.networks,
            system=System(info, self.events, self.config.min_api_version, self._disk_usage(containers)),
            lifecycle=self._lifecycle(identity, info),
        )

    def _creator(self) -> Creator:
        return Creator(
            roster=self.roster,
            store=self.store,
            events=self.events,
            storage=self.rooms.storage,
            volumes=self.mounts,
            launcher=self.launcher,
            resolve=self.rooms.images.resolve,
            machine=self.facts,
            defaults=room_settings.defaults(self.config, self.runtimes),
            data_root=self.config.data_root,
        )

    def _starter(self) -> Starter:
        asked = self.config.network
        return Starter(
            roster=self.roster,
            store=self.store,
            events=self.events,
            supervisor=self.supervisor,
            storage=self.rooms.storage,
            volumes=self.mounts,
            networks=self.rooms.networks,
            launcher=self.launcher,
            builder=self.bundler,
            data_root=self.config.data_root,
            resolver=Resolver(asked.dns, asked.dns_search, asked.dns_opt),
        )

    def _remover(self) -> Remover:
        return Remover(
            roster=self.roster,
            store=self.store,
            events=self.events,
            supervisor=self.supervisor,
            storage=self.rooms.storage,
            volumes=self.mounts,
            images=self.rooms.images,
            launcher=self.launcher,
            data_root=self.config.data_root,
        )

    def _recovery(self) -> Recovery:
        return Recovery(
            roster=self.roster,
            store=self.store,
            supervisor=self.supervisor,
            creator=self.creator,
            starter=self.starter,
            remover=self.remover,
            networks=self.rooms.networks,
            storage=self.rooms.storage,
            launcher=self.launcher,
            cgroup=self.bundler.cgroup,
            data_root=self.config.data_root,
            exec_root=self.config.exec_root,
        )

    def _containers(self) -> Containers:
        return Containers(
            roster=self.roster,
            store=self.store,
            events=self.events,
            creator=self.creator,
            starter=self.starter,
            remover=self.remover,
            bundler=self.bundler,
            mounts=self.mounts,
            storage=self.rooms.storage,
            stop_timeout=lambda: self.config.default_stop_timeout,
            size_below=lambda top: sum(layer.size for layer in self.rooms.images.store.layers(top)),
        )

    def _files(self) -> Files:
        return Files(
            roster=self.roster,
            events=self.events,
            storage=self.rooms.storage,
            images=self.rooms.images,
            freezer=Freezer(self.events, self.store, self.supervisor.run_folder),
            volumes=self.mounts,
            home=self.starter.folder,
            run_folder=self.supervisor.run_folder,
        )

    def _disk_usage(self, containers: Containers) -> DiskUsage:
        return DiskUsage(
            roster=self.roster,
            storage=self.rooms.storage,
            containers=lambda: containers.list(everything=True, limit=0, size=False, filters={}),
            images=self.rooms.images.usage,
            volumes=self.rooms.volumes.usage,
        )

    def _info(self, identity: str) -> Info:
        return Info(
            roster=self.roster,
            events=self.events,
            storage=self.rooms.storage,
            machine=self.facts,
            about=room_settings.about(self.config, self.runtimes, identity, self.rooms.networks.firewall),
            images=lambda: len(self.rooms.images.list()),
            storage_reason=self.rooms.storage_reason,
        )

    def _lifecycle(self, identity: str, info: Info) -> Lifecycle:
        config, firewall = self.config, self.rooms.networks.firewall

        def take() -> None:
            """The config was read again: everybody takes what it says now."""
            fresh = room_settings.runtimes(config)
            self.rooms.images.take(room_settings.registry_settings(config))
            self.bundler.take(room_settings.engine_settings(config, fresh))
            self.creator.take(room_settings.defaults(config, fresh))
            info.take(room_settings.about(config, fresh, identity, firewall))

        return Lifecycle(
            roster=self.roster,
            store=self.store,
            events=self.events,
            supervisor=self.supervisor,
            launcher=self.launcher,
            identity=identity,
            name=socket.gethostname(),
            rooms=self.rooms.closers(),
            take=take,
            stop_timeout=lambda: config.default_stop_timeout,
        )


def _launcher(config: Config) -> Launcher:
    """The launcher's client; the program is run by path, because the interpreter starts without site packages."""
    import hutch

    socket_path = f"{config.exec_root}/launcher.sock"
    program = os.path.join(os.path.dirname(os.path.abspath(hutch.__file__)), "runtime", "launcher", "main.py")
    command = [sys.executable, "-I", "-S", program, "--socket", socket_path, "--version", __version__]
    command += ["--log", f"{config.data_root}/launcher.log", "--files", str(premises.raise_open_files())]
    return Launcher(socket_path, command, __version__, cgroup_parent=config.cgroup_parent or CGROUP_PARENT)


def _images_home(data_root: str, driver: str) -> str:
    """Where the images are recorded: each storage driver has its own, so that one can be tried and left again."""
    if driver == "overlay2":
        return data_root
    home = f"{data_root}/image/{driver}"
    for folder in (f"{data_root}/image", home):
        ensure_folder(folder, 0o710)
    return home
