"""Mounts: the classic calls (mount(2), umount(2), pivot_root(2)) and the calls on file descriptors (fsopen(2) family).

The descriptor calls are what the runtime builds with: a mount made by :func:`fsmount` or :func:`open_tree` belongs to
nobody until :func:`move_mount` attaches it to a directory that was opened beforehand, so no path can be swapped
between the check and the mount.
"""

from __future__ import annotations

import ctypes
import os

from hutch.linux import libc

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_SYNCHRONOUS = 0x10
MS_REMOUNT = 0x20
MS_MANDLOCK = 0x40
MS_DIRSYNC = 0x80
MS_NOSYMFOLLOW = 0x100
MS_NOATIME = 0x400
MS_NODIRATIME = 0x800
MS_BIND = 0x1000
MS_MOVE = 0x2000
MS_REC = 0x4000
MS_SILENT = 0x8000
MS_UNBINDABLE = 1 << 17
MS_PRIVATE = 1 << 18
MS_SLAVE = 1 << 19
MS_SHARED = 1 << 20
MS_RELATIME = 1 << 21
MS_STRICTATIME = 1 << 24
MS_LAZYTIME = 1 << 25

MNT_FORCE = 0x1
MNT_DETACH = 0x2
UMOUNT_NOFOLLOW = 0x8

OPEN_TREE_CLONE = 0x1
OPEN_TREE_CLOEXEC = os.O_CLOEXEC
AT_FDCWD = -100
AT_EMPTY_PATH = 0x1000
AT_RECURSIVE = 0x8000
AT_SYMLINK_NOFOLLOW = 0x100
MOVE_MOUNT_F_EMPTY_PATH = 0x4
MOVE_MOUNT_T_EMPTY_PATH = 0x40

FSOPEN_CLOEXEC = 0x1
FSMOUNT_CLOEXEC = 0x1
FSCONFIG_SET_FLAG = 0
FSCONFIG_SET_STRING = 1
FSCONFIG_SET_FD = 5
FSCONFIG_CMD_CREATE = 6

MOUNT_ATTR_RDONLY = 0x1
MOUNT_ATTR_NOSUID = 0x2
MOUNT_ATTR_NODEV = 0x4
MOUNT_ATTR_NOEXEC = 0x8
MOUNT_ATTR_ATIME = 0x70
MOUNT_ATTR_RELATIME = 0x0
MOUNT_ATTR_NOATIME = 0x10
MOUNT_ATTR_STRICTATIME = 0x20
MOUNT_ATTR_NODIRATIME = 0x80
MOUNT_ATTR_IDMAP = 0x100000
MOUNT_ATTR_NOSYMFOLLOW = 0x200000

_OPEN_TREE = 428
_MOVE_MOUNT = 429
_FSOPEN = 430
_FSCONFIG = 431
_FSMOUNT = 432
_MOUNT_SETATTR = 442
_PIVOT_ROOT = libc.number(155, 41)

_mount = libc.held.mount
_umount2 = libc.held.umount2


def _bytes(path: str | bytes | None) -> bytes | None:
    return None if path is None else os.fsencode(path)


def mount(
    source: str | bytes | None, target: str | bytes, kind: str | None, flags: int = 0, data: str | None = None
) -> None:
    """mount(2). Raises OSError naming ``target``."""
    result = _mount(
        _bytes(source),
        _bytes(target),
        None if kind is None else kind.encode(),
        ctypes.c_ulong(flags),
        None if data is None else os.fsencode(data),
    )
    libc.check(result, os.fsdecode(target))


def umount(target: str | bytes, flags: int = 0) -> None:
    """umount2(2). Raises OSError naming ``target``."""
    libc.check(_umount2(_bytes(target), flags), os.fsdecode(target))


def pivot_root(new_root: str | bytes, put_old: str | bytes) -> None:
    """pivot_root(2). Raises OSError naming ``new_root``."""
    libc.syscall(_PIVOT_ROOT, _bytes(new_root), _bytes(put_old), what=os.fsdecode(new_root))


def open_tree(dir_fd: int, path: str | bytes, flags: int) -> int:
    """open_tree(2): a descriptor for a mount, or with ``OPEN_TREE_CLONE`` for a detached copy of it."""
    what = os.fsdecode(path) or f"fd {dir_fd}"
    return libc.syscall(_OPEN_TREE, dir_fd, _bytes(path), flags | OPEN_TREE_CLOEXEC, what=what)


def clone_tree(fd: int, recursive: bool = False) -> int:
    """A detached copy of the mount at the open ``fd`` (with ``recursive``: and of all mounts below it)."""
    return open_tree(fd, b"", OPEN_TREE_CLONE | AT_EMPTY_PATH | (AT_RECURSIVE if recursive else 0))


def move_mount(mount_fd: int, target_fd: int, what: str = "") -> None:
    """Attach the mount ``mount_fd`` onto the open ``target_fd`` (move_mount(2) with both paths empty)."""
    flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH
    libc.syscall(_MOVE_MOUNT, mount_fd, b"", target_fd, b"", flags, what=what or f"fd {target_fd}")


def fsopen(kind: str) -> int:
    """fsopen(2): a configuration context for a new file system of type ``kind``."""
    return libc.syscall(_FSOPEN, kind.encode(), FSOPEN_CLOEXEC, what=kind)


def fsconfig(fd: int, command: int, key: str | None = None, value: str | None = None, aux: int = 0) -> None:
    """fsconfig(2). Raises OSError naming ``key`` and what the kernel wrote to the context's log about it."""
    encoded = None if value is None else os.fsencode(value)
    try:
        libc.syscall(_FSCONFIG, fd, command, None if key is None else key.encode(), encoded, aux, what=key or "")
    except OSError as err:
        raise OSError(err.errno, _context_log(fd) or err.strerror, key or "") from None


def _context_log(fd: int) -> str:
    """The messages waiting in a configuration context, one line each, without their ``e `` prefix."""
    lines: list[str] = []
    while len(lines) < 16:
        try:
            lines.append(os.read(fd, 1024).decode("utf-8", "replace").strip())
        except OSError:
            break
    return ", ".join(line[2:] if line[1:2] == " " else line for line in lines)


def fsmount(fd: int, attributes: int = 0) -> int:
    """fsmount(2): a detached mount of the configured file system."""
    return libc.syscall(_FSMOUNT, fd, FSMOUNT_CLOEXEC, attributes, what="fsmount")


def new_mount(kind: str, source: str, options: tuple[str, ...] = (), attributes: int = 0) -> int:
    """A detached mount of a new file system with its own ``options`` ("size=64k", "nsdelegate"). Raises OSError."""
    if kind == "overlay":
        from hutch.linux import overlay

        return overlay.new_overlay(source, options, attributes)
    if kind == "fuse.fuse-overlayfs":
        from hutch.linux import fuse

        return fuse.new_overlay(source, options, attributes)
    return configured(kind, source, options, attributes)


def configured(kind: str, source: str, options: tuple[str, ...], attributes: int) -> int:
    """fsopen, one fsconfig an option, fsmount. Raises OSError."""
    fd = fsopen(kind)
    try:
        if source:
            fsconfig(fd, FSCONFIG_SET_STRING, "source", source)
        for option in options:
            key, equals, value = option.partition("=")
            if equals:
                fsconfig(fd, FSCONFIG_SET_STRING, key, value)
            else:
                fsconfig(fd, FSCONFIG_SET_FLAG, key)
        fsconfig(fd, FSCONFIG_CMD_CREATE)
        return fsmount(fd, attributes)
    finally:
        os.close(fd)


class _MountAttr(ctypes.Structure):
    """struct mount_attr."""

    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def mount_setattr(
    fd: int, *, add: int = 0, clear: int = 0, propagation: int = 0, userns_fd: int = 0, recursive: bool = False
) -> None:
    """mount_setattr(2) on the mount at the open ``fd``. Raises OSError."""
    attr = _MountAttr(add, clear, propagation, userns_fd)
    flags = AT_EMPTY_PATH | (AT_RECURSIVE if recursive else 0)
    libc.syscall(_MOUNT_SETATTR, fd, b"", flags, ctypes.byref(attr), ctypes.sizeof(attr), what="mount_setattr")


class _StatFs(ctypes.Structure):
    """struct statfs, the beginning that matters here."""

    _fields_ = (("f_type", ctypes.c_long), ("rest", ctypes.c_char * 248))


PROC_SUPER_MAGIC = 0x9FA0
SYSFS_MAGIC = 0x62656572
CGROUP_SUPER_MAGIC = 0x27E0EB
CGROUP2_SUPER_MAGIC = 0x63677270
TMPFS_MAGIC = 0x01021994
NSFS_MAGIC = 0x6E736673
DEVPTS_SUPER_MAGIC = 0x1CD1


def filesystem_magic(fd: int) -> int:
    """``f_type`` of the file system that holds the open ``fd`` (fstatfs(2))."""
    buffer = _StatFs()
    libc.check(libc.held.fstatfs(fd, ctypes.byref(buffer)), f"fd {fd}")
    return int(buffer.f_type) & 0xFFFFFFFF
