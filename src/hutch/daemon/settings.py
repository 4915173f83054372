"""From flags, file and environment to one validated config."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from typing import Any

from hutch.daemon import configfile, listeners
from hutch.daemon.config import DEFAULT_CONFIG_FILE, DEFAULT_HOST, Config
from hutch.daemon.options import OPTIONS, RELOADABLE, Option, by_key
from hutch.model.errors import Invalid

LEVELS = ("debug", "info", "warn", "error", "fatal")
_OLDEST = (1, 24)
_NEWEST = (1, 55)


def load(flags: dict[str, Any], environment: Mapping[str, str]) -> Config:
    """The config. Raises Invalid with dockerd's texts where it has one."""
    path = flags.get("config-file", environment.get("HUTCH_CONFIG_FILE", DEFAULT_CONFIG_FILE))
    file = configfile.read(path, named="config-file" in flags)
    configfile.conflicts(flags, file, path)
    config = Config(config_file=path)
    _apply_environment(config, environment)
    keys = by_key()
    for key, value in file.items():
        _put(config, keys[key], value)
    for option in OPTIONS:
        if option.name in flags:
            _put(config, option, flags[option.name])
    _default_tls_files(config, environment)
    try:
        check(config)
    except Invalid as error:
        if not file:
            raise
        why = "merged configuration validation from file and command line flags failed"
        raise Invalid(f"unable to configure the Docker daemon with file {path}: {why}: {error}") from None
    return config


def _put(config: Config, option: Option, value: Any) -> None:
    target: Any = config
    *way, last = option.field.split(".")
    for step in way:
        target = getattr(target, step)
    if option.kind == "runtimes":
        value = {**getattr(target, last), **value}  # the one setting that may come from both places
    setattr(target, last, value)


def _apply_environment(config: Config, environment: Mapping[str, str]) -> None:
    config.storage_driver = environment.get("HUTCH_DRIVER") or environment.get("DOCKER_DRIVER", "")
    config.data_root = environment.get("HUTCH_DATA_ROOT") or config.data_root
    config.exec_root = environment.get("HUTCH_EXEC_ROOT") or config.exec_root
    config.min_api_version = environment.get("DOCKER_MIN_API_VERSION") or config.min_api_version
    config.tls.verify = bool(environment.get("DOCKER_TLS_VERIFY"))


def _default_tls_files(config: Config, environment: Mapping[str, str]) -> None:
    config.tls.enabled = config.tls.enabled or config.tls.verify
    folder = environment.get("DOCKER_CERT_PATH") or environment.get("DOCKER_CONFIG")
    folder = folder or os.path.join(environment.get("HOME") or "/root", ".docker")
    config.tls.ca = config.tls.ca or os.path.join(folder, "ca.pem")
    config.tls.cert = config.tls.cert or os.path.join(folder, "cert.pem")
    config.tls.key = config.tls.key or os.path.join(folder, "key.pem")


def check(config: Config) -> None:
    """Raise Invalid for what no daemon can run with."""
    for path in (config.data_root, config.exec_root):
        if not path.startswith("/"):
            raise Invalid(f"{path}: the path must be absolute")
    if config.log_level not in LEVELS:
        raise Invalid(f"invalid logging level: {config.log_level}")
    if config.log_format not in ("text", "json"):
        raise Invalid(f"invalid log format: {config.log_format}")
    if config.default_ipc_mode not in ("private", "shareable"):
        raise Invalid(f"IPC mode is not supported: {config.default_ipc_mode}", hint="use private or shareable")
    if config.default_cgroupns_mode not in ("", "host", "private"):
        raise Invalid(f'invalid default cgroup namespace mode "{config.default_cgroupns_mode}"')
    if config.default_runtime and config.default_runtime not in {*config.runtimes, "hutch", "crun", "runc"}:
        raise Invalid(f"specified default runtime '{config.default_runtime}' does not exist")
    _check_version(config.min_api_version)
    _check_labels(config.labels)
    _check_exec_opts(config.exec_opts)
    _check_network(config)
    _check_registries(config)
    for host in config.hosts:
        listeners.parse(host, tls=config.tls.enabled)
    if not config.hosts:
        config.hosts = [DEFAULT_HOST]


def _check_version(text: str) -> None:
    major, _, minor = text.partition(".")
    if not (major.isdigit() and minor.isdigit() and _OLDEST <= (int(major), int(minor)) <= _NEWEST):
        raise Invalid(f"minimum API version {text} is not between 1.24 and 1.55")


def _check_labels(labels: list[str]) -> None:
    seen: dict[str, str] = {}
    for label in labels:
        key, equals, value = label.partition("=")
        if not equals or not key:
            raise Invalid(f"bad attribute format: {label}")
        if seen.setdefault(key, value) != value:
            raise Invalid(f"conflict labels for {key}={value} and {key}={seen[key]}")


def _check_exec_opts(options: list[str]) -> None:
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise Invalid(f"invalid exec-opt ({option}): must be formatted 'opt=value'")
        if key.strip().lower() != "native.cgroupdriver":
            raise Invalid(f"invalid exec-opt ({option}): unknown option: '{key}'")
        if value == "systemd":
            raise Invalid("native.cgroupdriver=systemd is not supported yet", hint="use cgroupfs")
        if value != "cgroupfs":
            raise Invalid(f"native.cgroupdriver option {value} not supported")


def _check_registries(config: Config) -> None:
    asked = config.registry
    if asked.downloads < 0:
        raise Invalid(f"invalid max concurrent downloads: {asked.downloads}")
    if asked.uploads < 0:
        raise Invalid(f"invalid max concurrent uploads: {asked.uploads}")
    if asked.attempts <= 0:
        raise Invalid(f"invalid max download attempts: {asked.attempts}")
    for mirror in asked.mirrors:
        scheme, found, rest = mirror.partition("://")
        if not found:
            raise Invalid(
                f"invalid mirror: no scheme specified for \"{mirror}\": must use either 'https://' or 'http://'"
            )
        if scheme not in ("http", "https") or not rest:
            raise Invalid(
                f"invalid mirror: unsupported scheme \"{scheme}\" in \"{mirror}\": must use either 'https://' or 'http://'"
            )
    if unknown := sorted(asked.proxies.keys() - {"http-proxy", "https-proxy", "no-proxy"}):
        raise Invalid(f"the following directives don't match any configuration option: {', '.join(unknown)}")


def _check_network(config: Config) -> None:
    network = config.network
    addresses: list[tuple[str, str, Callable[[str], object]]] = [
        ("bip", network.bip, ipaddress.IPv4Interface),
        ("fixed-cidr", network.fixed_cidr, ipaddress.IPv4Network),
        ("default-gateway", network.default_gateway, ipaddress.IPv4Address),
        ("ip", network.ip, ipaddress.IPv4Address),
        ("host-gateway-ip", network.host_gateway_ip, ipaddress.ip_address),
        *(("dns", server, ipaddress.ip_address) for server in network.dns),
    ]
    if network.bridge and network.bip:
        raise Invalid("you specified -b & --bip, mutually exclusive options. Please specify only one")
    if network.firewall_backend not in ("", "nftables", "iptables"):
        raise Invalid(f'invalid firewall-backend "{network.firewall_backend}"', hint="use nftables or iptables")
    if not 68 <= network.mtu <= 65535:
        raise Invalid(f"invalid mtu {network.mtu}: not between 68 and 65535")
    if not network.icc and not network.iptables and network.bridge != "none":
        raise Invalid(
            "you specified --iptables=false with --icc=false. ICC=false uses iptables to function. "
            "Please set --icc or --iptables to true"
        )
    for flag, value, parse in addresses:
        try:
            if value:
                parse(value)
        except ValueError:
            raise Invalid(f'invalid argument "{value}" for "--{flag}" flag: {value} is not an IP address') from None


def take_reloadable(config: Config, fresh: Config) -> None:
    """Copy into the running ``config`` what may change while the daemon runs; the rest of ``fresh`` is ignored."""
    known = by_key()
    for key in RELOADABLE:
        source: Any = fresh
        for step in known[key].field.split("."):
            source = getattr(source, step)
        _put(config, known[key], source)
