"""Whether the parts of a create body fit together: Docker's checks that need nothing of the machine."""

from __future__ import annotations

from hutch.model.container import Config
from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig, RestartPolicy
from hutch.spec import mount_options, process, security_opt

_NO_LINKS = "can't be used with links. This would result in undefined behavior"


def validate(config: Config, host: HostConfig) -> None:
    """Raise Invalid for the first thing wrong, in Docker's words."""
    process.check_environment(config.env)
    process.working_directory(config)
    _modes(host)
    _conflicts(config, host)
    restart_policy(host.restart_policy, auto_remove=host.auto_remove)
    security_opt.parse(host.security_opt)
    for target, options in (host.tmpfs or {}).items():
        if not target.startswith("/"):
            raise Invalid(f"invalid mount path: '{target}' mount path must be absolute")
        mount_options.tmpfs(options or "")
    if host.isolation not in ("", "default"):
        raise Invalid(f"invalid isolation ({host.isolation}): linux only supports 'default'")


def restart_policy(policy: RestartPolicy, *, auto_remove: bool = False) -> None:
    """Raise Invalid for an unknown policy, a retry count it has no use for, or one that fights auto-remove."""
    name, count = policy.name, policy.maximum_retry_count
    if name not in ("", "no", "always", "on-failure", "unless-stopped"):
        raise Invalid(
            f"invalid restart policy: unknown policy '{name}'; use one of 'no', 'always', 'on-failure', or "
            "'unless-stopped'"
        )
    if count and name != "on-failure":
        hint = " and cannot be negative" if count < 0 else ""
        raise Invalid(f"invalid restart policy: maximum retry count can only be used with 'on-failure'{hint}")
    if count < 0:
        raise Invalid("invalid restart policy: maximum retry count cannot be negative")
    if auto_remove and name not in ("", "no"):
        raise Invalid("can't create 'AutoRemove' container with restart policy")


def _modes(host: HostConfig) -> None:
    if host.network_mode == "container:":
        raise Invalid("invalid network mode: invalid container format container:<name|id>")
    for label, mode, words, joins in (
        ("IPC", host.ipc_mode, ("", "private", "host", "shareable", "none"), True),
        ("PID", host.pid_mode, ("", "host"), True),
        ("UTS", host.uts_mode, ("", "host"), False),
        ("user namespace", host.userns_mode, ("", "host"), False),
        ("cgroup namespace", host.cgroupns_mode, ("", "private", "host"), False),
    ):
        if mode in words or (joins and mode.startswith("container:") and len(mode) > len("container:")):
            continue
        raise Invalid(f"invalid {label} mode: {mode}")


def _conflicts(config: Config, host: HostConfig) -> None:
    if host.network_mode in ("container", "container:"):
        raise Invalid("invalid network mode: invalid container format container:<name|id>")
    joins = host.network_mode.startswith("container:")
    if host.uts_mode == "host" and (config.hostname or config.domainname):
        raise Invalid("conflicting options: hostname and the UTS mode")
    if host.links and host.network_mode == "host":
        raise Invalid(f"conflicting options: host type networking {_NO_LINKS}")
    if not joins:
        return
    for given, text in (
        (config.hostname, "conflicting options: hostname and the network mode"),
        (host.links, f"conflicting options: container type network {_NO_LINKS}"),
        (host.dns, "conflicting options: dns and the network mode"),
        (host.extra_hosts, "conflicting options: custom host-to-IP mapping and the network mode"),
        (config.mac_address, "conflicting options: mac-address and the network mode"),
        (
            host.port_bindings or host.publish_all_ports,
            "conflicting options: port publishing and the container type network mode",
        ),
        (config.exposed_ports, "conflicting options: port exposing and the container type network mode"),
    ):
        if given:
            raise Invalid(text)
