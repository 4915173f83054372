"""The daemon's settings as one typed value: what flags and ``daemon.json`` are turned into, and what wiring gets.

Field names are dockerd's flag names with underscores. ``daemon/flags.py`` and ``daemon/configfile.py`` fill it;
nothing else reads the command line, the file or the environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DEFAULT_DATA_ROOT = "/var/lib/hutch"
DEFAULT_EXEC_ROOT = "/run/hutch"
DEFAULT_HOST = "unix:///run/hutch.sock"
DEFAULT_PIDFILE = "/run/hutch.pid"
DEFAULT_CONFIG_FILE = "/etc/hutch/daemon.json"


@dataclass(slots=True)
class RuntimeSettings:
    """One entry of ``runtimes``: an OCI runtime program and the arguments put before its command."""

    path: str
    args: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Ulimit:
    """A default resource limit (``--default-ulimit name=soft:hard``); -1 is unlimited."""

    name: str
    soft: int
    hard: int


@dataclass(slots=True)
class NetworkSettings:
    """The default bridge network and what containers get of DNS."""

    bridge: str = ""
    bip: str = ""
    mtu: int = 1500
    fixed_cidr: str = ""
    icc: bool = True
    ip: str = "0.0.0.0"  # dockerd's documented default for published ports
    ip_forward: bool = True
    ip_masq: bool = True
    iptables: bool = True
    userland_proxy: bool = True
    default_gateway: str = ""
    host_gateway_ip: str = ""
    firewall_backend: str = ""  # "": nftables where the kernel has it
    dns: list[str] = field(default_factory=list)
    dns_opt: list[str] = field(default_factory=list)
    dns_search: list[str] = field(default_factory=list)


@dataclass(slots=True)
class TlsSettings:
    """TLS of the tcp:// listeners; ``verify`` implies ``enabled``."""

    enabled: bool = False
    verify: bool = False
    ca: str = ""
    cert: str = ""
    key: str = ""


@dataclass(slots=True)
class RegistrySettings:
    """How registries are spoken to."""

    mirrors: list[str] = field(default_factory=list)
    insecure: list[str] = field(default_factory=list)
    downloads: int = 3
    uploads: int = 5
    attempts: int = 5
    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: str = ""
    rules: dict[str, Any] = field(default_factory=dict)  # the file's ``registries``, by registry
    proxies: dict[str, str] = field(default_factory=dict)  # of the file: the same three by their flags' names


@dataclass(slots=True)
class Config:
    """Every setting, validated, with defaults applied."""

    hosts: list[str] = field(default_factory=lambda: [DEFAULT_HOST])
    data_root: str = DEFAULT_DATA_ROOT
    exec_root: str = DEFAULT_EXEC_ROOT
    pidfile: str = DEFAULT_PIDFILE
    config_file: str = DEFAULT_CONFIG_FILE
    group: str | None = None  # None: "docker" if there is such a group; "": no chown
    storage_driver: str = ""  # "": the first that works
    storage_opts: list[str] = field(default_factory=list)
    debug: bool = False
    log_level: str = "info"
    log_format: str = "text"
    labels: list[str] = field(default_factory=list)
    min_api_version: str = "1.24"
    tls: TlsSettings = field(default_factory=TlsSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    registry: RegistrySettings = field(default_factory=RegistrySettings)
    # Containers' defaults.
    cgroup_parent: str = ""
    exec_opts: list[str] = field(default_factory=list)
    runtimes: dict[str, RuntimeSettings] = field(default_factory=dict)
    default_runtime: str = ""  # "": hutch's own
    init: bool = False
    init_path: str = ""  # "": hutch's own
    log_driver: str = "json-file"
    log_opts: dict[str, str] = field(default_factory=dict)
    default_ulimits: dict[str, Ulimit] = field(default_factory=dict)
    default_shm_size: int = 64 << 20
    default_ipc_mode: str = "private"
    default_cgroupns_mode: str = ""  # "": host on cgroup v1, private on v2
    gc: dict[str, str] = field(default_factory=dict)  # start, stop, unused: see images/gc.py
    seccomp_profile: str = ""  # "" or "builtin", "unconfined", or a path
    no_new_privileges: bool = False
    live_restore: bool = True
    default_stop_timeout: int = 10  # seconds; 0 kills at once, negative: no limit
    raw_logs: bool = False
    shutdown_timeout: int = 15  # seconds; negative: no limit

    def describe(self) -> dict[str, Any]:
        """The settings that ``info`` and the reload event show, by dockerd's names; nothing secret is among them."""
        return {
            "debug": self.debug,
            "labels": list(self.labels),
            "default-runtime": self.default_runtime or "hutch",
            "runtimes": {name: {"path": r.path, "runtimeArgs": list(r.args)} for name, r in self.runtimes.items()},
            "default-shm-size": self.default_shm_size,
            "default-ipc-mode": self.default_ipc_mode,
            "default-cgroupns-mode": self.default_cgroupns_mode or "private",
            "default-stop-timeout": self.default_stop_timeout,
            "log-driver": self.log_driver,
            "log-opts": dict(self.log_opts),
            "live-restore": self.live_restore,
            "shutdown-timeout": self.shutdown_timeout,
            "registry-mirrors": list(self.registry.mirrors),
            "insecure-registries": list(self.registry.insecure),
            "registries": dict(self.registry.rules),
            "max-concurrent-downloads": self.registry.downloads,
            "max-concurrent-uploads": self.registry.uploads,
            "max-download-attempts": self.registry.attempts,
        }
