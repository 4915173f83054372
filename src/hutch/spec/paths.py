"""Paths of /proc and /sys that are hidden or read-only in a container."""

from __future__ import annotations

from hutch.model.host_config import HostConfig

MASKED = (
    *("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats"),
    *("/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap"),
    "/sys/firmware",
)
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


def masked(host: HostConfig, possible_cpus: int) -> list[str]:
    """Paths to hide: the client's list if it sent one (an empty list hides nothing), nothing when privileged, else
    the default with the throttle counters of every CPU, which tell about the work of neighbours."""
    if host.masked_paths is not None:
        return list(host.masked_paths)
    if host.privileged:
        return []
    throttles = [f"/sys/devices/system/cpu/cpu{n}/thermal_throttle" for n in range(possible_cpus)]
    return [*MASKED, *throttles]


def read_only(host: HostConfig) -> list[str]:
    """Paths to make read-only, by the same rule."""
    if host.readonly_paths is not None:
        return list(host.readonly_paths)
    return [] if host.privileged else list(READ_ONLY)
