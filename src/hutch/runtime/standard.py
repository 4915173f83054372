"""The kernel file systems and device rules of an ordinary container, which a parked sandbox has before it is asked for.

Whether a container uses them is decided by its config: only a mount that is the same in every word is taken, and
other device rules are put in force instead.
"""

from __future__ import annotations

from hutch.model.mount import Mount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_QUIET = ("nosuid", "noexec", "nodev")

DEVICES: tuple[dict[str, object], ...] = (
    {"allow": False, "access": "rwm"},
    *(
        {"allow": True, "type": "c", "major": major, "minor": minor, "access": "rwm"}
        for major, minor in ((1, 5), (1, 3), (1, 9), (1, 8), (5, 0), (5, 1))
    ),
    {"allow": False, "type": "c", "major": 10, "minor": 229, "access": "rwm"},
)
"""The device rules of an ordinary container (``linux.resources.devices``)."""

MOUNTS = (
    Mount("proc", "proc", "/proc", _QUIET),
    Mount("tmpfs", "tmpfs", "/dev", ("nosuid", "strictatime", "mode=755", "size=65536k")),
    Mount("devpts", "devpts", "/dev/pts", ("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")),
    Mount("sysfs", "sysfs", "/sys", (*_QUIET, "ro")),
    Mount("cgroup", "cgroup", "/sys/fs/cgroup", ("ro", *_QUIET)),
    Mount("mqueue", "mqueue", "/dev/mqueue", _QUIET),
    Mount("tmpfs", "shm", "/dev/shm", (*_QUIET, "mode=1777", "size=67108864")),
)
"""The mounts of an ordinary container, in order."""

VARYING = ("/dev/shm",)
"""Of them those whose options differ from one ordinary container to another."""

MASKED = (
    *("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats"),
    *("/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap"),
    "/sys/firmware",
)
"""The paths hidden from every ordinary container (``linux.maskedPaths``); each machine adds some of its processors."""

READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
"""The paths that are read-only in it (``linux.readonlyPaths``)."""

CONFIG: dict[str, Any] = {
    "process": {
        "args": ["sh"],
        "cwd": "/",
        "env": ["PATH=/bin"],
        "user": {"uid": 0, "gid": 0, "username": ""},
        "capabilities": {"bounding": ["CAP_CHOWN"], "effective": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"]},
        "oomScoreAdj": 0,
    },
    "hostname": "container",
    "mounts": [each.to_oci() for each in MOUNTS],
    "linux": {
        "namespaces": [{"type": kind} for kind in ("mount", "network", "uts", "pid", "ipc", "cgroup")],
        "maskedPaths": list(MASKED),
        "readonlyPaths": list(READ_ONLY),
        "sysctl": {"net.ipv4.ip_unprivileged_port_start": "0"},
        "seccomp": {"flags": []},
        "resources": {"devices": list(DEVICES)},
    },
}
"""The config of an ordinary container, as far as it is the same for all."""
