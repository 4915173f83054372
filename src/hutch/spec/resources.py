"""The limits of a HostConfig as ``linux.resources`` of the OCI config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig, ThrottleDevice
from hutch.spec.devices import HostDevice, rules

_NANO_PERIOD = 100000
_THROTTLES = (
    ("throttleReadBpsDevice", "blkio_device_read_bps"),
    ("throttleWriteBpsDevice", "blkio_device_write_bps"),
    ("throttleReadIOPSDevice", "blkio_device_read_iops"),
    ("throttleWriteIOPSDevice", "blkio_device_write_iops"),
)
Numbers = Mapping[str, tuple[int, int]]


def to_oci(host: HostConfig, devices: Iterable[HostDevice] = (), numbers: Numbers | None = None) -> dict[str, Any]:
    """``linux.resources``. ``numbers`` are (major, minor) of the block devices that the limits name by path.

    Raises Invalid for a bad device rule or a device whose number is not given.
    """
    result: dict[str, Any] = {"devices": rules(host, devices)}
    for name, part in (
        ("memory", memory(host)),
        ("cpu", cpu(host)),
        ("blockIO", block(host, numbers or {})),
    ):
        if part:
            result[name] = part
    if host.pids_limit is not None and host.pids_limit > 0:
        result["pids"] = {"limit": host.pids_limit}
    return result


def memory(host: HostConfig) -> dict[str, Any]:
    """Sizes in bytes; without an own swap limit, memory and swap together are twice the memory."""
    result: dict[str, Any] = {}
    if host.memory > 0:
        result["limit"] = host.memory
    if host.memory_reservation > 0:
        result["reservation"] = host.memory_reservation
    swap = host.memory_swap or (2 * host.memory if host.memory > 0 else 0)
    if swap:
        result["swap"] = swap
    if host.memory_swappiness is not None and host.memory_swappiness != -1:
        result["swappiness"] = host.memory_swappiness
    if host.oom_kill_disable:
        result["disableOOMKiller"] = True
    return result


def cpu(host: HostConfig) -> dict[str, Any]:
    """``--cpus`` is a quota of a period of 100 ms."""
    result: dict[str, Any] = {}
    if host.cpu_shares:
        result["shares"] = host.cpu_shares
    if host.nano_cpus > 0:
        result["period"], result["quota"] = _NANO_PERIOD, host.nano_cpus * _NANO_PERIOD // 10**9
    for key, value in (
        ("quota", host.cpu_quota),
        ("period", host.cpu_period),
        ("realtimeRuntime", host.cpu_realtime_runtime),
        ("realtimePeriod", host.cpu_realtime_period),
        ("cpus", host.cpuset_cpus),
        ("mems", host.cpuset_mems),
    ):
        if value:
            result[key] = value
    return result


def block(host: HostConfig, numbers: Numbers) -> dict[str, Any]:
    """Weights and throttles."""
    result: dict[str, Any] = {}
    if host.blkio_weight:
        result["weight"] = host.blkio_weight
    if host.blkio_weight_device:
        result["weightDevice"] = [{**_number(d.path, numbers), "weight": d.weight} for d in host.blkio_weight_device]
    for key, attribute in _THROTTLES:
        entries: list[ThrottleDevice] = getattr(host, attribute) or []
        if entries:
            result[key] = [{**_number(d.path, numbers), "rate": d.rate} for d in entries]
    return result


def _number(path: str, numbers: Numbers) -> dict[str, int]:
    if path not in numbers:
        raise Invalid(f"stat {path}: no such file or directory")
    major, minor = numbers[path]
    return {"major": major, "minor": minor}
