"""Subvolumes, snapshots and quota groups of btrfs by ioctl(2) (btrfs-ioctl(2), linux/btrfs.h).

Names are single path components in an open folder, so that nothing is followed.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os

from hutch.linux import mount

MAGIC = 0x9123683E
FIRST_INODE = 256
"""The inode number of every subvolume's root folder (``BTRFS_FIRST_FREE_OBJECTID``)."""

_SUBVOL_CREATE = 0x5000940E
_SNAP_DESTROY = 0x5000940F
_SNAP_CREATE_V2 = 0x50009417
_INO_LOOKUP = 0xD0009412
_QUOTA_CTL = 0xC0109428
_QGROUP_CREATE = 0x4010942A
_QGROUP_LIMIT = 0x8030942B
_QUOTA_RESCAN_WAIT = 0x942E

_QUOTA_ENABLE = 1
_LIMIT_MAX_REFERENCED = 1
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class _Args(ctypes.Structure):
    """struct btrfs_ioctl_vol_args."""

    _fields_ = (("fd", ctypes.c_int64), ("name", ctypes.c_char * 4088))


class _ArgsV2(ctypes.Structure):
    """struct btrfs_ioctl_vol_args_v2."""

    _fields_ = (
        ("fd", ctypes.c_int64),
        ("transid", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
        ("unused", ctypes.c_uint64 * 4),
        ("name", ctypes.c_char * 4040),
    )


class _Lookup(ctypes.Structure):
    """struct btrfs_ioctl_ino_lookup_args."""

    _fields_ = (("tree", ctypes.c_uint64), ("object", ctypes.c_uint64), ("name", ctypes.c_char * 4080))


class _Limit(ctypes.Structure):
    """struct btrfs_ioctl_qgroup_limit_args."""

    _fields_ = (
        ("group", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
        ("max_referenced", ctypes.c_uint64),
        ("max_exclusive", ctypes.c_uint64),
        ("reserved_referenced", ctypes.c_uint64),
        ("reserved_exclusive", ctypes.c_uint64),
    )


class _Pair(ctypes.Structure):
    """struct btrfs_ioctl_quota_ctl_args and struct btrfs_ioctl_qgroup_create_args: two numbers each."""

    _fields_ = (("first", ctypes.c_uint64), ("second", ctypes.c_uint64))


def is_btrfs(path: str) -> bool:
    """Whether ``path`` lies on btrfs. Raises OSError."""
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        return mount.filesystem_magic(fd) == MAGIC
    finally:
        os.close(fd)


def is_subvolume(path: str) -> bool:
    """Whether ``path``, on btrfs, is the root of a subvolume. Raises OSError."""
    return os.lstat(path).st_ino == FIRST_INODE


def create(folder: str, name: str) -> None:
    """Make an empty subvolume ``folder/name``; its mode follows the umask. Raises OSError."""
    _in(folder, name, _SUBVOL_CREATE, _Args(0, os.fsencode(name)))


def snapshot(source: str, folder: str, name: str) -> None:
    """Make ``folder/name`` a writable snapshot of the subvolume ``source``, which is not copied. Raises OSError."""
    fd = os.open(source, _FOLDER)
    try:
        args = _ArgsV2(fd=fd, name=os.fsencode(name))
        _in(folder, name, _SNAP_CREATE_V2, args)
    finally:
        os.close(fd)


def destroy(folder: str, name: str) -> bool:
    """Remove the subvolume ``folder/name`` with all that is in it; its blocks are freed in the background.

    Whether that was possible: not if it is none, or holds subvolumes itself. Raises OSError for everything else.
    """
    try:
        _in(folder, name, _SNAP_DESTROY, _Args(0, os.fsencode(name)))
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EINVAL, errno.ENOTDIR, errno.ENOENT):
            return False
        raise
    return True


def number(path: str) -> int:
    """The id of the subvolume that holds ``path``. Raises OSError."""
    args = bytearray(bytes(_Lookup(0, FIRST_INODE, b"")))
    _on(path, _INO_LOOKUP, args)
    return int(_Lookup.from_buffer_copy(args).tree)


def enable_quota(path: str) -> None:
    """Turn quota groups on for the file system and wait until what is there is counted. Idempotent. Raises OSError."""
    try:
        _on(path, _QUOTA_CTL, bytearray(bytes(_Pair(_QUOTA_ENABLE, 0))))
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
    _on(path, _QUOTA_RESCAN_WAIT, bytearray(8))


def has_quota(path: str) -> bool:
    """Whether quota groups are on: there is a group for the top of the file system then. Raises OSError."""
    try:
        _limit(path, 5, 0, flags=0)
    except OSError as error:
        if error.errno in (errno.ENOTCONN, errno.ENOENT, errno.EINVAL):
            return False
        raise
    return True


def limit(path: str, size: int) -> None:
    """Bound what the subvolume at ``path`` refers to, shared or not, to ``size`` bytes. Raises OSError."""
    _limit(path, 0, size, flags=_LIMIT_MAX_REFERENCED)


def _limit(path: str, group: int, size: int, flags: int) -> None:
    _on(path, _QGROUP_LIMIT, bytearray(bytes(_Limit(group=group, flags=flags, max_referenced=size))))


def forget_group(path: str, subvolume: int) -> None:
    """Remove the quota group of a subvolume that is going or gone; newer kernels do so themselves. Raises OSError."""
    _on(path, _QGROUP_CREATE, bytearray(bytes(_Pair(0, subvolume))))


def _in(folder: str, name: str, request: int, args: ctypes.Structure) -> None:
    fd = os.open(folder, _FOLDER)
    try:
        fcntl.ioctl(fd, request, bytearray(bytes(args)))
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.path.join(folder, name)) from None
    finally:
        os.close(fd)


def _on(path: str, request: int, args: bytearray) -> None:
    fd = os.open(path, _FOLDER)
    try:
        fcntl.ioctl(fd, request, args)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
    finally:
        os.close(fd)
