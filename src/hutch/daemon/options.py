"""The daemon's options as data: each flag, its ``daemon.json`` key, its kind and where it goes in the config.

Names and meanings are dockerd's. ``LATER`` has every other flag and key that dockerd knows, so that it is refused by
name; a flag without effect would be worse than an error.
"""

from __future__ import annotations


class Option:
    """One setting. ``field`` is a dotted path in the config; ``kind`` says how text becomes a value."""

    __slots__ = ("field", "help", "key", "kind", "name", "short")

    def __init__(self, name: str, kind: str, field: str, text: str, *, short: str = "", key: str | None = None) -> None:
        self.name = name
        self.kind = kind  # bool, text, integer, size, list, map, objects, ulimits, runtimes
        self.field = field
        self.help = text
        self.short = short
        self.key = name if key is None else key  # "": not in the file

    @property
    def repeatable(self) -> bool:
        """Whether the flag may be given several times."""
        return self.kind in ("list", "map", "ulimits", "runtimes")


OPTIONS = (
    Option("add-runtime", "runtimes", "runtimes", "Register an additional OCI runtime (name=path)", key="runtimes"),
    Option("bip", "text", "network.bip", "IPv4 address of the default bridge, as address/prefix"),
    Option("bridge", "text", "network.bridge", "Use this bridge as default network; none: no such network", short="b"),
    Option("cgroup-parent", "text", "cgroup_parent", "Parent cgroup of all containers"),
    Option("config-file", "text", "config_file", "Configuration file of the daemon", key=""),
    Option("data-root", "text", "data_root", "Root folder of what is kept"),
    Option("debug", "bool", "debug", "Debug mode", short="D"),
    Option("default-cgroupns-mode", "text", "default_cgroupns_mode", "Cgroup namespace of containers: host or private"),
    Option("default-gateway", "text", "network.default_gateway", "Default gateway of containers"),
    Option("default-ipc-mode", "text", "default_ipc_mode", "IPC namespace of containers: private or shareable"),
    Option("default-runtime", "text", "default_runtime", "OCI runtime of containers which name none"),
    Option("default-shm-size", "size", "default_shm_size", "Size of /dev/shm in containers"),
    Option("default-stop-timeout", "integer", "default_stop_timeout", "Seconds that containers have to stop"),
    Option("default-ulimit", "ulimits", "default_ulimits", "Resource limit of containers", key="default-ulimits"),
    Option("dns", "list", "network.dns", "DNS server of containers"),
    Option("dns-opt", "list", "network.dns_opt", "resolv.conf option of containers", key="dns-opts"),
    Option("dns-search", "list", "network.dns_search", "DNS search domain of containers"),
    Option("exec-opt", "list", "exec_opts", "Runtime execution option (native.cgroupdriver=cgroupfs)", key="exec-opts"),
    Option("exec-root", "text", "exec_root", "Root folder of what lasts as long as the machine is up"),
    Option("firewall-backend", "text", "network.firewall_backend", "Packet filter to use: nftables or iptables"),
    Option("fixed-cidr", "text", "network.fixed_cidr", "IPv4 subnet for the addresses of containers"),
    Option("group", "text", "group", "Group of the unix socket", short="G"),
    Option("host", "list", "hosts", "Address to listen on: unix://, tcp:// or fd://", short="H", key="hosts"),
    Option("host-gateway-ip", "text", "network.host_gateway_ip", "Address that host-gateway means in --add-host"),
    Option("http-proxy", "text", "registry.http_proxy", "Proxy towards plain HTTP registries", key=""),
    Option("https-proxy", "text", "registry.https_proxy", "Proxy towards registries", key=""),
    Option("icc", "bool", "network.icc", "Let containers on the default bridge talk to each other"),
    Option("init", "bool", "init", "Run an init as process 1 of containers"),
    Option("init-path", "text", "init_path", "Program to run as that init, instead of our own"),
    Option("insecure-registry", "list", "registry.insecure", "Registry without a trusted certificate",
           key="insecure-registries"),
    Option("ip", "text", "network.ip", "Default address of published ports"),
    Option("ip-forward", "bool", "network.ip_forward", "Switch on IP forwarding"),
    Option("ip-masq", "bool", "network.ip_masq", "Masquerade what containers send out"),
    Option("iptables", "bool", "network.iptables", "Write packet filter rules"),
    Option("label", "list", "labels", "Label of this daemon (key=value)", key="labels"),
    Option("live-restore", "bool", "live_restore", "Containers run on while the daemon is down"),
    Option("log-driver", "text", "log_driver", "Log driver of containers which name none"),
    Option("log-format", "text", "log_format", "Format of the daemon's own log: text or json"),
    Option("log-level", "text", "log_level", "Level of the daemon's own log: debug to fatal", short="l"),
    Option("log-opt", "map", "log_opts", "Log driver option of containers", key="log-opts"),
    Option("max-concurrent-downloads", "integer", "registry.downloads", "Blobs that are fetched at the same time"),
    Option("max-concurrent-uploads", "integer", "registry.uploads", "Blobs that are sent at the same time"),
    Option("max-download-attempts", "integer", "registry.attempts", "Tries of a download that brings nothing"),
    Option("mtu", "integer", "network.mtu", "MTU of the default bridge"),
    Option("no-new-privileges", "bool", "no_new_privileges", "Set no_new_privs in containers"),
    Option("no-proxy", "text", "registry.no_proxy", "Hosts that are reached without a proxy", key=""),
    Option("pidfile", "text", "pidfile", "Path of the file with the daemon's pid", short="p"),
    Option("raw-logs", "bool", "raw_logs", "No colours in the daemon's own log, also on a terminal"),
    Option("registry-mirror", "list", "registry.mirrors", "Mirror of Docker Hub to pull from", key="registry-mirrors"),
    Option("seccomp-profile", "text", "seccomp_profile", "Seccomp profile: builtin, unconfined or a path"),
    Option("shutdown-timeout", "integer", "shutdown_timeout", "Seconds that containers have when the daemon ends"),
    Option("storage-driver", "text", "storage_driver", "Storage driver", short="s"),
    Option("storage-opt", "list", "storage_opts", "Storage driver option", key="storage-opts"),
    Option("tls", "bool", "tls.enabled", "TLS on tcp:// listeners"),
    Option("tlscacert", "text", "tls.ca", "Certificate of the authority that signs clients"),
    Option("tlscert", "text", "tls.cert", "Certificate of this daemon"),
    Option("tlskey", "text", "tls.key", "Key of this daemon's certificate"),
    Option("tlsverify", "bool", "tls.verify", "TLS, and clients must have a certificate"),
    Option("userland-proxy", "bool", "network.userland_proxy", "Use a proxy for published ports"),
)  # fmt: skip

KEY_ONLY = (
    Option("", "map", "gc", "Watermarks of the disk at which unused images go", key="gc"),
    Option("", "text", "min_api_version", "Oldest API version that is served", key="min-api-version"),
    Option("", "map", "registry.proxies", "Proxies towards registries", key="proxies"),
    Option(
        "",
        "objects",
        "registry.rules",
        "Mirrors of single registries, and whether they may be insecure",
        key="registries",
    ),
)

ACTIONS = {"help": "Print usage", "validate": "Check the configuration and end", "version": "Print the version"}

LATER = frozenset(
    ("allow-direct-routing", "authorization-plugin", "bip6", "bridge-accept-fwmark", "cdi-spec-dir", "containerd",
     "containerd-namespace", "containerd-plugins-namespace", "cpu-rt-period", "cpu-rt-runtime", "cri-containerd",
     "default-address-pool", "default-gateway-v6", "default-network-opt", "experimental",
     "feature", "fixed-cidr-v6",
     "ip-forward-no-drop", "ip6tables", "ipv6",
     "metrics-addr", "network-control-plane-mtu",
     "network-diagnostic-port", "node-generic-resource", "nri-opts",
     "restart", "rootless", "selinux-enabled", "swarm-default-advertise-addr", "userland-proxy-path",
     "userns-remap", "api-cors-header", "cluster-store", "cluster-advertise", "cluster-store-opt",
     "disable-legacy-registry", "graph", "allow-nondistributable-artifacts", "oom-score-adjust", "api-enable-cors")
)  # fmt: skip
OFF = frozenset(("allow-direct-routing", "experimental", "ip6tables", "ipv6", "rootless", "selinux-enabled"))
"""Switches among them: to have one off is to have it as it is."""
LATER_SHORT = {"g": "graph", "r": "restart"}
LATER_KEYS = LATER | frozenset(
    ("authorization-plugins", "builder", "cdi-spec-dirs", "containerd-plugin-namespace", "default-address-pools",
     "default-init", "default-network-opts", "deprecated-key-path", "features", "host-gateway-ips",
     "node-generic-resources", "resolv-conf",
     "swarm-raft-election-tick", "swarm-raft-heartbeat-tick")
)  # fmt: skip
RELOADABLE = frozenset(
    ("debug", "labels", "runtimes", "default-runtime", "default-shm-size", "default-ipc-mode", "default-cgroupns-mode",
     "default-stop-timeout",
     "log-driver", "log-opts", "live-restore", "shutdown-timeout", "registry-mirrors", "insecure-registries",
     "registries", "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts")
)  # fmt: skip


def by_flag() -> dict[str, Option]:
    """Options by long name and by letter."""
    return {name: option for option in OPTIONS for name in (option.name, option.short) if name}


def by_key() -> dict[str, Option]:
    """Options by their key in ``daemon.json``."""
    return {option.key: option for option in (*OPTIONS, *KEY_ONLY) if option.key}
