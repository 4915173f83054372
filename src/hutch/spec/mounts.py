"""The mounts of a container below its root: defaults, the engine's files, the user's, in the order to mount them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig
from hutch.model.mount import Mount

SHM_SIZE = 64 << 20
# The last two are read-only already, but for those who are to write there, a read-only root or not.
_STAY_WRITABLE = frozenset({"/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"})
# What lxcfs and the like put over single files of /proc; everything else there is the kernel's alone.
_PROC_FILES = frozenset(
    "/proc/" + n
    for n in ("cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "net/dev")
)


def default(
    host: HostConfig, *, shm_source: str | None = None, user_namespace: bool = False, writable_cgroups: bool = False
) -> list[Mount]:
    """The mounts every container has, in order.

    ``shm_source`` is the shared memory folder of the owner of a shared IPC namespace. With mode ``none`` there is no
    /dev/shm; with mode ``host`` it is the host's.
    """
    cgroup_mode = () if host.privileged or user_namespace or writable_cgroups else ("ro",)
    mounts = [
        Mount("proc", "proc", "/proc", ("nosuid", "noexec", "nodev")),
        Mount("tmpfs", "tmpfs", "/dev", ("nosuid", "strictatime", "mode=755", "size=65536k")),
        Mount(
            "devpts", "devpts", "/dev/pts", ("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")
        ),
        Mount("sysfs", "sysfs", "/sys", ("nosuid", "noexec", "nodev", *(() if host.privileged else ("ro",)))),
        Mount("cgroup", "cgroup", "/sys/fs/cgroup", (*cgroup_mode, "nosuid", "noexec", "nodev")),
        Mount("mqueue", "mqueue", "/dev/mqueue", ("nosuid", "noexec", "nodev")),
    ]
    shm = _shm(host, shm_source)
    return [*mounts, shm] if shm else mounts


def _shm(host: HostConfig, source: str | None) -> Mount | None:
    target = "/dev/shm"
    if host.ipc_mode == "none":
        return None
    if host.ipc_mode == "host" or source:
        return Mount("bind", source or target, target, ("rbind", "rprivate"))
    size = host.shm_size or SHM_SIZE
    return Mount("tmpfs", "shm", target, ("nosuid", "noexec", "nodev", "mode=1777", f"size={size}"))


def arrange(
    defaults: Sequence[Mount], files: Iterable[Mount], user: Sequence[Mount], *, read_only: bool
) -> list[Mount]:
    """All mounts in the order to mount them: defaults, then the others by depth of their destination.

    A user mount replaces the default or the file on the same destination; one on /dev takes all defaults below /dev
    away. ``read_only`` is for the defaults, less those that no program can do without. Raises Invalid for a user
    mount that would hide the kernel's files, and for two on one destination.
    """
    targets: set[str] = set()
    for mount in user:
        check_target(mount)
        if clean(mount.target) in targets:
            raise Invalid(f"Duplicate mount point: {mount.target}")
        targets.add(clean(mount.target))
    kept = [
        _read_only(m) if read_only and m.target not in _STAY_WRITABLE else m
        for m in defaults
        if m.target not in targets and not ("/dev" in targets and m.target.startswith("/dev/"))
    ]
    later = [m for m in files if clean(m.target) not in targets] + list(user)
    return kept + sorted(later, key=lambda m: clean(m.target).count("/"))


def clean(target: str) -> str:
    """A destination without doubled slashes, dots and a slash at its end."""
    return posixpath.normpath("/" + target.lstrip("/"))


def check_target(mount: Mount) -> None:
    """Raise Invalid when a user mount goes where none may.

    A mount over /proc or a part of it would let an image decide what the runtime reads and writes there, such as its
    own security labels (CVE-2019-16884).
    """
    target = clean(mount.target)
    if not mount.target.startswith("/"):
        raise Invalid(f"invalid mount path: '{mount.target}' mount path must be absolute")
    if target == "/":
        raise Invalid("invalid specification: destination can't be '/'")
    if "\0" in mount.target or len(mount.target.encode("utf-8", "surrogateescape")) >= 4096:
        raise Invalid(f"invalid mount path: {mount.target[:64]!r}")
    host_tree = mount.kind == "bind" and clean(mount.source) == target
    if target == "/proc" or target.startswith("/proc/"):
        if target not in _PROC_FILES and not (target == "/proc" and host_tree):
            raise Invalid(f'"{mount.target}" cannot be mounted because it is inside /proc')
    elif target == "/sys" and not host_tree:
        raise Invalid('"/sys" cannot be mounted over', hint="only the host's own /sys can be bound there")


def _read_only(mount: Mount) -> Mount:
    if "ro" in mount.options or "rro" in mount.options:
        return mount
    return Mount(mount.kind, mount.source, mount.target, (*(o for o in mount.options if o != "rw"), "ro"))
