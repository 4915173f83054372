"""Checks of a create request that concern the life of a container, with Docker's words. Pure.

How the parts of the request fit together is checked by ``spec/validate.py``, resource limits by ``spec/limits.py``,
log options by ``logs``, mounts by ``mounts.py``.
"""

from __future__ import annotations

from collections.abc import Collection

from hutch.model import signals
from hutch.model.container import Config, HealthConfig
from hutch.model.errors import Invalid, Unsupported
from hutch.model.host_config import HostConfig
from hutch.model.ports import parse_range

_REFUSED = {
    "links": "links (--link)",
    "device_requests": "device requests (--gpus, CDI)",
    "cpu_count": "CPU count (--cpu-count)",
    "cgroup": "joining the cgroup of another container",
}


def host(asked: HostConfig, runtimes: Collection[str]) -> None:
    """Raise Invalid for an unknown runtime and the like, Unsupported for what this engine does not do."""
    if asked.runtime not in runtimes:
        raise Invalid(f"unknown or invalid runtime name: {asked.runtime}")
    for entry in asked.extra_hosts or ():
        name, separator, address = entry.partition("=" if "=" in entry.partition(":")[0] else ":")
        if not (name and separator and address):
            raise Invalid(f'bad format for add-host: "{entry}"')
    _ports(asked)
    if "" in (asked.annotations or {}):
        raise Invalid("invalid Annotations: the empty string is not permitted as an annotation key")
    for field, words in _REFUSED.items():
        if getattr(asked, field):
            raise Unsupported(f"{words}: not supported by this engine")


def _ports(asked: HostConfig) -> None:
    for key, bound in (asked.port_bindings or {}).items():
        for text in (key.partition("/")[0], *(one.host_port for one in bound or () if one.host_port)):
            try:
                parse_range(text)
            except ValueError:
                raise Invalid(f'invalid port specification: "{text}"') from None


def config(asked: Config) -> None:
    """Raise Invalid for what a Config cannot be."""
    if asked.stop_signal:
        signals.to_stop(asked.stop_signal)
    health = asked.healthcheck or HealthConfig()
    times = {"Interval": health.interval, "Timeout": health.timeout, "StartPeriod": health.start_period}
    for key, value in {**times, "StartInterval": health.start_interval}.items():
        if value < 0 or 0 < value < 1_000_000:
            raise Invalid(f"{key} in Healthcheck cannot be less than 1ms")
    if health.retries < 0:
        raise Invalid("Retries in Healthcheck cannot be negative")
    if any("\0" in word for word in [*(asked.entrypoint or ()), *(asked.cmd or ())]):
        raise Invalid("the command is invalid, it holds a zero byte")
