"""The part of a container's configuration that depends on the host (Engine API 1.55, HostConfig and Resources)."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from hutch.model.mount_request import MountRequest
from hutch.model.wire import StrSlice


class LogConfig(msgspec.Struct, rename="pascal"):
    """Log driver and its options; an empty type is the daemon's default."""

    type: str = ""
    config: dict[str, str] | None = None


class RestartPolicy(msgspec.Struct, rename="pascal"):
    """no (or empty), always, unless-stopped, on-failure with the largest number of tries."""

    name: str = ""
    maximum_retry_count: int = 0


class PortBinding(msgspec.Struct, rename="pascal"):
    """Where a container's port is published; empty port = any free one."""

    host_ip: str = ""
    host_port: str = ""


class DeviceMapping(msgspec.Struct, rename="pascal"):
    """A device of the host given to the container; permissions are letters of rwm."""

    path_on_host: str = ""
    path_in_container: str = ""
    cgroup_permissions: str = ""


class DeviceRequest(msgspec.Struct, rename="pascal"):
    """Devices asked for by property (GPUs, CDI names)."""

    driver: str = ""
    count: int = 0
    device_ids: list[str] | None = msgspec.field(default=None, name="DeviceIDs")
    capabilities: list[list[str]] | None = None
    options: dict[str, str] | None = None


class WeightDevice(msgspec.Struct, rename="pascal"):
    """Block I/O weight (10..1000) of one device."""

    path: str = ""
    weight: int = 0


class ThrottleDevice(msgspec.Struct, rename="pascal"):
    """Bytes or operations a second on one device."""

    path: str = ""
    rate: int = 0


class Ulimit(msgspec.Struct, rename="pascal"):
    """A resource limit of setrlimit(2) by Docker's short name; -1 = unlimited."""

    name: str = ""
    hard: int = 0
    soft: int = 0


class HostConfig(msgspec.Struct, rename="pascal"):
    """Field order is Docker's in ``inspect``. Sizes in bytes, CPU times in microseconds, ``nano_cpus`` in 1e-9 CPU."""

    omitempty: ClassVar[frozenset[str]] = frozenset(
        {"annotations", "mounts", "storage_opt", "tmpfs", "sysctls", "init"}
    )
    binds: list[str] | None = None
    container_id_file: str = msgspec.field(default="", name="ContainerIDFile")
    log_config: LogConfig = msgspec.field(default_factory=LogConfig)
    network_mode: str = ""
    port_bindings: dict[str, list[PortBinding] | None] | None = None
    restart_policy: RestartPolicy = msgspec.field(default_factory=RestartPolicy)
    auto_remove: bool = False
    volume_driver: str = ""
    volumes_from: list[str] | None = None
    console_size: list[int] = msgspec.field(default_factory=lambda: [0, 0])
    annotations: dict[str, str] | None = None
    cap_add: StrSlice = None
    cap_drop: StrSlice = None
    cgroupns_mode: str = ""
    dns: list[str] | None = None
    dns_options: list[str] | None = None
    dns_search: list[str] | None = None
    extra_hosts: list[str] | None = None
    group_add: list[str] | None = None
    ipc_mode: str = ""
    cgroup: str = ""
    links: list[str] | None = None
    oom_score_adj: int = 0
    pid_mode: str = ""
    privileged: bool = False
    publish_all_ports: bool = False
    readonly_rootfs: bool = False
    security_opt: list[str] | None = None
    storage_opt: dict[str, str] | None = None
    tmpfs: dict[str, str] | None = None
    uts_mode: str = msgspec.field(default="", name="UTSMode")
    userns_mode: str = ""
    shm_size: int = 0
    sysctls: dict[str, str] | None = None
    runtime: str = ""
    isolation: str = ""
    cpu_shares: int = 0
    memory: int = 0
    nano_cpus: int = 0
    cgroup_parent: str = ""
    blkio_weight: int = 0
    blkio_weight_device: list[WeightDevice] | None = None
    blkio_device_read_bps: list[ThrottleDevice] | None = None
    blkio_device_write_bps: list[ThrottleDevice] | None = None
    blkio_device_read_iops: list[ThrottleDevice] | None = msgspec.field(default=None, name="BlkioDeviceReadIOps")
    blkio_device_write_iops: list[ThrottleDevice] | None = msgspec.field(default=None, name="BlkioDeviceWriteIOps")
    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_realtime_period: int = 0
    cpu_realtime_runtime: int = 0
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    devices: list[DeviceMapping] | None = None
    device_cgroup_rules: list[str] | None = None
    device_requests: list[DeviceRequest] | None = None
    memory_reservation: int = 0
    memory_swap: int = 0
    memory_swappiness: int | None = None
    oom_kill_disable: bool | None = None
    pids_limit: int | None = None
    ulimits: list[Ulimit] | None = None
    cpu_count: int = 0
    cpu_percent: int = 0
    io_maximum_iops: int = msgspec.field(default=0, name="IOMaximumIOps")
    io_maximum_bandwidth: int = msgspec.field(default=0, name="IOMaximumBandwidth")
    mounts: list[MountRequest] | None = None
    init: bool | None = None
    masked_paths: list[str] | None = None
    readonly_paths: list[str] | None = None
