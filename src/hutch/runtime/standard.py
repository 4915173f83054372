"""The kernel file systems of an ordinary container, which a parked sandbox makes before it is asked for.

Whether a container uses them is decided by its config: only a mount that is the same in every word is taken.
"""

from __future__ import annotations

from hutch.model.mount import Mount

_QUIET = ("nosuid", "noexec", "nodev")

MOUNTS = (
    Mount("proc", "proc", "/proc", _QUIET),
    Mount("tmpfs", "tmpfs", "/dev", ("nosuid", "strictatime", "mode=755", "size=65536k")),
    Mount("devpts", "devpts", "/dev/pts", ("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")),
    Mount("sysfs", "sysfs", "/sys", (*_QUIET, "ro")),
    Mount("mqueue", "mqueue", "/dev/mqueue", _QUIET),
    Mount("tmpfs", "shm", "/dev/shm", (*_QUIET, "mode=1777", "size=67108864")),
)
