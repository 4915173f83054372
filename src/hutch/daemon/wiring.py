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
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from hutch import __version__
from hutch.api.backends import Backends
from hutch.engine.bundle import Bundler, Runtime, Settings
from hutch.engine.containers import Containers
from hutch.engine.create import Creator, Defaults
from hutch.engine.events import Events
from hutch.engine.exec import Execs
from hutch.engine.folder import Resolver
from hutch.engine.info import About, Info
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
from hutch.images import init_program
from hutch.images.service import Images
from hutch.linux.files import ensure_folder, write_atomic
from hutch.model import ids, platform
from hutch.model.errors import Invalid, Unsupported
from hutch.model.host_config import Ulimit
from hutch.network.service import Networks
from hutch.network.settings import DEFAULT_BRIDGE, NetworkSettings
from hutch.registry import settings as registries
from hutch.spec import seccomp
from hutch.storage.database import Database
from hutch.storage.driver import StorageDriver
from hutch.storage.drivers import open_driver
from hutch.volumes.service import Volumes
from hutch.volumes.store import MIGRATIONS as VOLUME_MIGRATIONS

if TYPE_CHECKING:
    from hutch.daemon.config import Config
    from hutch.spec.machine import Machine

OWN_RUNTIME = "hutch"
CGROUP_PARENT = "/hutch"
_FOREIGN = ("crun", "runc")
_BINARIES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin")


class _Rooms:
    """The rooms below the engine, opened."""

    def __init__(self, config: Config, events: Events, roster: Roster) -> None:
        self.storage: StorageDriver = open_driver(config.data_root, config.storage_driver)

        def in_use(image: str) -> list[tuple[str, bool]]:
            return [(c.id, c.record.running) for c in roster if c.record.image == image]

        def emit(action: str, identifier: str, name: str) -> None:
            loop.call_soon_threadsafe(events.publish, "image", action, identifier, {"name": name})

        loop = asyncio.get_running_loop()
        self.images = Images(
            config.data_root, self.storage, in_use=in_use, emit=emit, registries=_registry_settings(config)
        )
        self.volume_records = Database(f"{config.data_root}/volumes.db", VOLUME_MIGRATIONS)

        def tell(action: str, name: str) -> None:
            loop.call_soon_threadsafe(events.publish, "volume", action, name, {"driver": "local"})

        self.volumes = Volumes(f"{config.data_root}/volumes", self.volume_records, tell)
        self.networks = Networks(_network_settings(config), f"{config.data_root}/network.db", config.exec_root)

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
        backends = await _engine(config, facts, events, roster, rooms, store, launcher)
        undo.pop_all()
    return backends


async def _engine(
    config: Config, facts: Machine, events: Events, roster: Roster, rooms: _Rooms, store: Store, launcher: Launcher
) -> Backends:
    """The engine over its rooms, with the containers of a former daemon taken over."""
    data_root, exec_root = config.data_root, config.exec_root
    runtimes = _runtimes(config)
    filters = SeccompFiles(f"{exec_root}/seccomp", f"{data_root}/cache/seccomp")
    bundler = Bundler(facts, _settings(config, runtimes), exec_root, filters.path)
    mounts = UserMounts(rooms.volumes)
    supervisor = Supervisor(store, events, exec_root)
    creator = Creator(
        roster=roster,
        store=store,
        events=events,
        storage=rooms.storage,
        volumes=mounts,
        launcher=launcher,
        resolve=rooms.images.resolve,
        machine=facts,
        defaults=_defaults(config, runtimes),
        data_root=data_root,
    )
    starter = Starter(
        roster=roster,
        store=store,
        events=events,
        supervisor=supervisor,
        storage=rooms.storage,
        volumes=mounts,
        networks=rooms.networks,
        launcher=launcher,
        builder=bundler,
        data_root=data_root,
        resolver=Resolver(config.network.dns, config.network.dns_search, config.network.dns_opt),
    )
    remover = Remover(
        roster=roster,
        store=store,
        events=events,
        supervisor=supervisor,
        storage=rooms.storage,
        volumes=mounts,
        images=rooms.images,
        launcher=launcher,
        data_root=data_root,
    )
    supervisor.release, supervisor.restart, supervisor.remove = starter.release, starter.restart_by_policy, remover.auto
    recovery = Recovery(
        roster=roster,
        store=store,
        supervisor=supervisor,
        creator=creator,
        starter=starter,
        remover=remover,
        networks=rooms.networks,
        storage=rooms.storage,
        launcher=launcher,
        cgroup=bundler.cgroup,
        data_root=data_root,
        exec_root=exec_root,
    )
    supervisor.clean = recovery.clean
    await recovery.run()
    await rooms.volumes.recover({container.id for container in roster})
    await recovery.start_by_policy()
    containers = Containers(
        roster=roster,
        store=store,
        events=events,
        creator=creator,
        starter=starter,
        remover=remover,
        bundler=bundler,
        mounts=mounts,
        storage=rooms.storage,
    )
    identity = _identity(data_root)
    about = _about(config, runtimes, identity, rooms.networks.firewall)
    info = Info(
        roster=roster,
        events=events,
        storage=rooms.storage,
        machine=facts,
        about=about,
        images=lambda: len(rooms.images.list()),
    )

    def take() -> None:
        fresh = _runtimes(config)
        bundler.take(_settings(config, fresh))
        creator.take(_defaults(config, fresh))
        info.take(_about(config, fresh, identity, rooms.networks.firewall))

    lifecycle = Lifecycle(
        roster=roster,
        store=store,
        events=events,
        supervisor=supervisor,
        launcher=launcher,
        identity=identity,
        name=socket.gethostname(),
        rooms=rooms.closers(),
        take=take,
    )
    return Backends(
        containers=containers,
        execs=Execs(roster, events, bundler),
        images=rooms.images,
        volumes=rooms.volumes,
        networks=rooms.networks,
        system=System(info, events, config.min_api_version),
        lifecycle=lifecycle,
    )


def _launcher(config: Config) -> Launcher:
    """The launcher's client; the program is run by path, because the interpreter starts without site packages."""
    import hutch

    socket_path = f"{config.exec_root}/launcher.sock"
    program = os.path.join(os.path.dirname(os.path.abspath(hutch.__file__)), "runtime", "launcher", "main.py")
    command = [sys.executable, "-I", "-S", program, "--socket", socket_path, "--version", __version__]
    command += ["--log", f"{config.data_root}/launcher.log"]
    return Launcher(socket_path, command, __version__, cgroup_parent=config.cgroup_parent or CGROUP_PARENT)


def _runtimes(config: Config) -> dict[str, Runtime]:
    """Runtimes of other makes: those on this machine, and those that were configured."""
    out = {}
    for name in _FOREIGN:
        found = next((f"{folder}/{name}" for folder in _BINARIES if os.access(f"{folder}/{name}", os.X_OK)), None)
        if found is not None:
            out[name] = Runtime(found)
    for name, value in config.runtimes.items():
        if name == OWN_RUNTIME:
            raise Invalid(f"runtime name {name!r} is reserved")
        out[name] = Runtime(value.path, tuple(value.args))
    if config.default_runtime and config.default_runtime not in {OWN_RUNTIME, *out}:
        raise Invalid(f"specified default runtime {config.default_runtime!r} does not exist")
    return out


def _settings(config: Config, runtimes: dict[str, Runtime]) -> Settings:
    """What holds for every container."""
    for option in config.exec_opts:
        if option != "native.cgroupdriver=cgroupfs":
            raise Unsupported(f"exec option {option!r}", hint="only native.cgroupdriver=cgroupfs is supported")
    profile = None
    if config.seccomp_profile not in ("", "builtin", "default", "unconfined"):
        with open(config.seccomp_profile, "rb") as file:
            profile = seccomp.parse(file.read(1 << 20))
    return Settings(
        cgroup_parent=config.cgroup_parent or CGROUP_PARENT,
        runtimes=runtimes,
        default_ulimits=[Ulimit(u.name, u.hard, u.soft) for u in config.default_ulimits.values()],
        no_new_privileges=config.no_new_privileges,
        seccomp=profile,
        unconfined=config.seccomp_profile == "unconfined",
        init_path=_init_program(config),
    )


def _init_program(config: Config) -> str:
    """The program of ``--init``: one that was configured, or our own; "" on a machine that ours is not written for."""
    if config.init_path:
        if not os.access(config.init_path, os.X_OK):
            raise Invalid(f"init program {config.init_path!r} is not an executable file")
        return os.path.abspath(config.init_path)
    ensure_folder(f"{config.data_root}/cache", 0o700)
    try:
        return init_program.provide(f"{config.data_root}/cache/docker-init", platform.host().architecture)
    except Unsupported:
        return ""


def _defaults(config: Config, runtimes: dict[str, Runtime]) -> Defaults:
    """What a create request that does not say gets. A cgroup namespace of its own hides the host's tree, and is what
    parked sandboxes have, so it is the default on cgroup v1 too."""
    return Defaults(
        runtime=config.default_runtime or OWN_RUNTIME,
        runtimes=frozenset((OWN_RUNTIME, *runtimes)),
        log_driver=config.log_driver,
        log_options=config.log_opts,
        shm_size=config.default_shm_size,
        ipc_mode=config.default_ipc_mode,
        network_mode="none" if config.network.bridge == "none" else "bridge",
        cgroupns_mode=config.default_cgroupns_mode or "private",
        init=config.init,
    )


def _about(config: Config, runtimes: dict[str, Runtime], identity: str, firewall: str) -> About:
    """What ``info`` says about the settings."""
    registry = _registry_settings(config)
    shown = {name: {"path": r.path, "runtimeArgs": list(r.args)} for name, r in runtimes.items()}
    return About(
        identity=identity,
        data_root=config.data_root,
        default_runtime=config.default_runtime or OWN_RUNTIME,
        runtimes={OWN_RUNTIME: {"path": "hutch-runtime"}, **shown},
        log_driver=config.log_driver,
        labels=config.labels,
        debug=config.debug,
        live_restore=config.live_restore,
        no_new_privileges=config.no_new_privileges,
        seccomp=config.seccomp_profile or "builtin",
        firewall=firewall,
        mirrors=registry.mirrors,
        insecure=registry.insecure,
        proxies=(registry.http_proxy, registry.https_proxy, registry.no_proxy),
    )


def _network_settings(config: Config) -> NetworkSettings:
    """The network room's own settings."""
    asked = config.network
    return NetworkSettings(
        bridge=asked.bridge or DEFAULT_BRIDGE,
        bip=asked.bip,
        fixed_cidr=asked.fixed_cidr,
        default_gateway=asked.default_gateway,
        mtu=asked.mtu,
        icc=asked.icc,
        default_ip="" if asked.ip in ("0.0.0.0", "::") else asked.ip,
        ip_forward=asked.ip_forward,
        ip_masq=asked.ip_masq,
        iptables=asked.iptables,
        userland_proxy=asked.userland_proxy,
    )


def _registry_settings(config: Config) -> registries.Settings:
    """How registries are spoken to; the file's proxies count as the flags do, the environment's come last."""
    asked = config.registry
    if unknown := sorted(asked.proxies.keys() - {"http-proxy", "https-proxy", "no-proxy"}):
        raise Invalid(f"proxies: unknown key {unknown[0]}")
    settings = registries.Settings(
        mirrors=tuple(asked.mirrors),
        insecure=tuple(asked.insecure),
        http_proxy=asked.http_proxy or asked.proxies.get("http-proxy", ""),
        https_proxy=asked.https_proxy or asked.proxies.get("https-proxy", ""),
        no_proxy=asked.no_proxy or asked.proxies.get("no-proxy", ""),
        downloads=asked.downloads,
        uploads=asked.uploads,
        attempts=asked.attempts,
    )
    return registries.check(registries.from_environment(settings, os.environ))


def _identity(data_root: str) -> str:
    """The daemon's id: made once, kept beside its data."""
    path = f"{data_root}/engine-id"
    try:
        with open(path, encoding="ascii") as file:
            return file.read(128).strip()
    except FileNotFoundError:
        value = ids.new()
        text = "-".join((value[:8], value[8:12], value[12:16], value[16:20], value[20:32]))
        write_atomic(path, text.encode())
        return text
