"""Namespaces: unshare(2), setns(2), their names in the OCI config and under /proc."""

from __future__ import annotations

from hutch.linux import libc

CLONE_NEWTIME = 0x80
CLONE_FS = 0x200
CLONE_NEWNS = 0x20000
CLONE_NEWCGROUP = 0x2000000
CLONE_NEWUTS = 0x4000000
CLONE_NEWIPC = 0x8000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

FLAGS = {
    "user": CLONE_NEWUSER,
    "mount": CLONE_NEWNS,
    "pid": CLONE_NEWPID,
    "network": CLONE_NEWNET,
    "ipc": CLONE_NEWIPC,
    "uts": CLONE_NEWUTS,
    "cgroup": CLONE_NEWCGROUP,
    "time": CLONE_NEWTIME,
}
"""The clone flag of each namespace type as the OCI config names it; in the order in which they are joined."""

PROC_NAMES = {
    "user": "user",
    "mount": "mnt",
    "pid": "pid",
    "network": "net",
    "ipc": "ipc",
    "uts": "uts",
    "cgroup": "cgroup",
    "time": "time",
}
"""The name of each namespace type under /proc/PID/ns."""


def unshare(flags: int) -> None:
    """unshare(2). Raises OSError."""
    libc.check(libc.held.unshare(flags), "unshare")


def setns(fd: int, flags: int = 0, what: str = "") -> None:
    """setns(2) into the namespace file or, with several ``flags``, the process of a pidfd. Raises OSError."""
    libc.check(libc.held.setns(fd, flags), what or "setns")


def path(pid: int, kind: str) -> str:
    """The namespace file of a process, for the OCI name ``kind``."""
    return f"/proc/{pid}/ns/{PROC_NAMES[kind]}"
