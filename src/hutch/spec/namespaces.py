"""Which namespaces a container has of its own, shares, or joins."""

from __future__ import annotations

from collections.abc import Mapping

from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig


def effective(
    host: HostConfig,
    joined: Mapping[str, str],
    *,
    user_namespace: bool,
    cgroup_version: int,
    time_namespaces: bool,
) -> list[dict[str, str]]:
    """``linux.namespaces``. ``joined`` are the paths for modes ``container:ID``, by OCI type (network, pid, ipc, user).

    A mode ``host`` leaves the namespace out. Raises Invalid when the path of a container to join is missing.
    """
    result = [{"type": "mount"}]
    modes = (("network", host.network_mode), ("uts", host.uts_mode), ("pid", host.pid_mode), ("ipc", host.ipc_mode))
    for kind, mode in modes:
        if mode == "host":
            continue
        entry = {"type": kind}
        if mode.startswith("container:"):
            if kind not in joined:
                raise Invalid(f"cannot join the {kind} namespace of {mode}: that container is not running")
            entry["path"] = joined[kind]
        result.append(entry)
    if cgroup_mode(host, cgroup_version) == "private":
        result.append({"type": "cgroup"})
    if "user" in joined:
        result.append({"type": "user", "path": joined["user"]})
    elif user_namespace:
        result.append({"type": "user"})
    if time_namespaces:
        result.append({"type": "time"})
    return result


def cgroup_mode(host: HostConfig, cgroup_version: int) -> str:
    """private or host: asked for, else private on v2 (host when privileged, as Docker has it on v1)."""
    if host.cgroupns_mode:
        return host.cgroupns_mode
    return "private" if cgroup_version == 2 and not host.privileged else "host"


def private(namespaces: list[dict[str, str]]) -> frozenset[str]:
    """The types that are new, so that only this container is in them."""
    return frozenset(n["type"] for n in namespaces if "path" not in n)
