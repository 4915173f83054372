"""The AppArmor profile ``docker-default``: what a container that names no other may do at all (apparmor.d(5)).

It allows what namespaces and capabilities already keep within bounds, and denies again, for a root that found a way
around those, what would reach the host: mounting, the host's part of /proc/sys and /sys, kernel memory.
"""

from __future__ import annotations

NAME = "docker-default"

_WRITES = (
    # Only the processes' own folders may be written; below sys only the kernel.shm* settings, which are namespaced.
    "/proc/*",
    "/proc/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9/]*}/**",
    "/proc/sys/[^k]**",
    "/proc/sys/kernel/{?,??,[^s][^h][^m]**}",
)
_EVERYTHING = (
    "/proc/sysrq-trigger",
    "/proc/kcore",
    "/sys/firmware/**",
    "/sys/devices/virtual/powercap/**",
    "/sys/kernel/security/**",
)
_CHANGES = (
    # All of /sys but /sys/fs/cgroup.
    "/sys/[^f]*/**",
    "/sys/f[^s]*/**",
    "/sys/fs/[^c]*/**",
    "/sys/fs/c[^g]*/**",
    "/sys/fs/cg[^r]*/**",
)


def profile(name: str = NAME) -> str:
    """The text of the profile, for apparmor_parser(8); it needs no other file."""
    rules = [
        "network,",
        "unix,",
        "capability,",
        "file,",
        "umount,",
        # Signals come from the daemon's keepers, from the container itself and from nobody else.
        "signal (receive) peer=unconfined,",
        f"signal (send, receive) peer={name},",
        *(f"deny {path} w," for path in _WRITES),
        *(f"deny {path} rwklx," for path in _EVERYTHING),
        "deny mount,",
        *(f"deny {path} wklx," for path in _CHANGES),
        f"ptrace (trace, read, tracedby, readby) peer={name},",
    ]
    lines = [f"profile {name} flags=(attach_disconnected, mediate_deleted) {{", *(f"  {rule}" for rule in rules), "}"]
    return "\n".join(lines) + "\n"
