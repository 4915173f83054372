"""What the daemon's config means for each room: their own settings, from the one ``Config``.

Each function reads the config and, where it says so, the machine; nothing is opened or started here. Those that a
reload can change are called again then, so they raise Invalid for what cannot be and change nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hutch.engine.bundle import Runtime, Settings
from hutch.engine.create import Defaults
from hutch.engine.info import About
from hutch.images import init_program
from hutch.linux.files import ensure_folder, write_atomic
from hutch.model import ids, platform
from hutch.model.errors import Invalid, Unsupported
from hutch.model.host_config import Ulimit
from hutch.model.reference import DEFAULT_DOMAIN
from hutch.network.settings import DEFAULT_BRIDGE, NetworkSettings
from hutch.registry import rules
from hutch.registry import settings as registries
from hutch.spec import seccomp

if TYPE_CHECKING:
    from hutch.daemon.config import Config

OWN_RUNTIME = "hutch"
CGROUP_PARENT = "/hutch"
_FOREIGN = ("crun", "runc")
_BINARIES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin")


def runtimes(config: Config) -> dict[str, Runtime]:
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


def engine_settings(config: Config, runtimes: dict[str, Runtime]) -> Settings:
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


def defaults(config: Config, runtimes: dict[str, Runtime]) -> Defaults:
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


def about(config: Config, runtimes: dict[str, Runtime], identity: str, firewall: str) -> About:
    """What ``info`` says about the settings."""
    registry = registry_settings(config)
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
        mirrors=registries.mirrors(registry, DEFAULT_DOMAIN)[1],
        insecure=registry.insecure,
        registries={rule.key: (rule.mirrors, rule.insecure) for rule in registry.registries},
        proxies=(registry.http_proxy, registry.https_proxy, registry.no_proxy),
    )


def network_settings(config: Config) -> NetworkSettings:
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
        host_gateway_ip=asked.host_gateway_ip,
        firewall_backend=asked.firewall_backend,
    )


def registry_settings(config: Config) -> registries.Settings:
    """How registries are spoken to; the file's proxies count as the flags do, the environment's come last."""
    asked = config.registry
    if unknown := sorted(asked.proxies.keys() - {"http-proxy", "https-proxy", "no-proxy"}):
        raise Invalid(f"proxies: unknown key {unknown[0]}")
    settings = registries.Settings(
        mirrors=tuple(asked.mirrors),
        insecure=tuple(asked.insecure),
        registries=tuple(rules.parse(key, value) for key, value in asked.rules.items()),
        http_proxy=asked.http_proxy or asked.proxies.get("http-proxy", ""),
        https_proxy=asked.https_proxy or asked.proxies.get("https-proxy", ""),
        no_proxy=asked.no_proxy or asked.proxies.get("no-proxy", ""),
        downloads=asked.downloads,
        uploads=asked.uploads,
        attempts=asked.attempts,
    )
    return registries.check(registries.from_environment(settings, os.environ))


def identity(data_root: str) -> str:
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
