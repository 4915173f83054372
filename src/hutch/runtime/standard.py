"""The kernel file systems and device rules of an ordinary container, which a parked sandbox has before it is asked for.

Whether a container uses them is decided by its config: only a mount that is the same in every word is taken, and
other device rules are put in force instead.
"""

from __future__ import annotations

from hutch.model.mount import Mount

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
    Mount("mqueue", "mqueue", "/dev/mqueue", _QUIET),
    Mount("tmpfs", "shm", "/dev/shm", (*_QUIET, "mode=1777", "size=67108864")),
)
