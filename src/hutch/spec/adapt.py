"""Defaults that Docker writes into a HostConfig when the container is created, so that ``inspect`` shows them."""

from __future__ import annotations

from hutch.model.host_config import HostConfig
from hutch.spec import capabilities, paths
from hutch.spec.machine import Machine
from hutch.spec.mounts import SHM_SIZE
from hutch.spec.namespaces import cgroup_mode


def adapt(
    host: HostConfig,
    machine: Machine,
    *,
    runtime: str = "hutch",
    ipc_mode: str = "private",
    shm_size: int = SHM_SIZE,
    network_mode: str = "bridge",
    log_driver: str = "json-file",
    log_options: dict[str, str] | None = None,
) -> None:
    """Fill in what the client left open; the keyword arguments are the daemon's defaults.

    Capability names get their full form. Raises Invalid for one that the kernel or the daemon has not.
    """
    if host.cap_add is not None:
        host.cap_add = capabilities.normalize(host.cap_add, "CapAdd", machine.capabilities)
    if host.cap_drop is not None:
        host.cap_drop = capabilities.normalize(host.cap_drop, "CapDrop", frozenset(capabilities.NAMES))
    host.network_mode = network_mode if host.network_mode in ("", "default") else host.network_mode
    host.ipc_mode = host.ipc_mode or ipc_mode
    host.shm_size = host.shm_size or shm_size
    host.runtime = host.runtime or runtime
    if host.memory_swappiness == -1:
        host.memory_swappiness = None
    if (host.privileged or "host" in (host.pid_mode, host.ipc_mode)) and not _labelled(host):
        host.security_opt = [*(host.security_opt or ()), "label=disable"]
    host.restart_policy.name = host.restart_policy.name or "no"
    host.cgroupns_mode = cgroup_mode(host, machine.cgroup_version)
    if host.memory > 0 and host.memory_swap == 0:
        host.memory_swap = 2 * host.memory
    if host.oom_kill_disable is None and "oom-kill-disable" in machine.abilities:
        host.oom_kill_disable = False
    if host.pids_limit is not None and host.pids_limit <= 0:
        host.pids_limit = None
    # Options alone are for the default driver, and the daemon's own options count for it wherever none is given.
    host.log_config.type = host.log_config.type or log_driver
    standard = dict(log_options or {}) if host.log_config.type == log_driver else {}
    host.log_config.config = {**standard, **(host.log_config.config or {})}
    if host.masked_paths is None and not host.privileged:
        host.masked_paths = paths.masked(host, machine.possible_cpus)
    if host.readonly_paths is None and not host.privileged:
        host.readonly_paths = paths.read_only(host)


def _labelled(host: HostConfig) -> bool:
    return any(option.replace(":", "=").startswith("label=") for option in host.security_opt or ())
