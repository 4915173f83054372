"""Project quotas: how much the files of one tree may take (quotactl(2); ext4 with ``prjquota``, xfs with ``pquota``).

A folder is given a project id that everything made in it inherits (``FS_IOC_FSSETXATTR``), and the id a limit
(``Q_XSETQLIM``, which ext4 understands too). ``quotactl_fd(2)`` (Linux 5.14) needs no path of the block device.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct

from hutch.linux import libc

_QUOTACTL_FD = 443
_PROJECT = 2
_Q_XGETQUOTA = 0x5803
_Q_XSETQLIM = 0x5804
_Q_XGETQSTATV = 0x5808
_GETXATTR = 0x801C581F
_SETXATTR = 0x401C5820
_FSXATTR = struct.Struct("=IIIII8x")
_INHERIT = 0x200
_BLOCK = 512
_SOFT, _HARD = 1 << 2, 1 << 3
_ENFORCED = 1 << 5
"""FS_QUOTA_PDQ_ENFD of ``qs_flags``."""


class _Limits(ctypes.Structure):
    """struct fs_disk_quota (linux/dqblk_xfs.h)."""

    _fields_ = (
        ("version", ctypes.c_int8),
        ("flags", ctypes.c_int8),
        ("fieldmask", ctypes.c_uint16),
        ("id", ctypes.c_uint32),
        ("blk_hard", ctypes.c_uint64),
        ("blk_soft", ctypes.c_uint64),
        ("ino_hard", ctypes.c_uint64),
        ("ino_soft", ctypes.c_uint64),
        ("blocks", ctypes.c_uint64),
        ("inodes", ctypes.c_uint64),
        ("rest", ctypes.c_uint8 * 56),
    )


def enforced(folder: str) -> bool:
    """Whether the file system of ``folder`` holds projects to their limits. Raises OSError for no such folder."""
    state = bytearray(256)
    state[0] = 1  # FS_QSTATV_VERSION1
    buffer = (ctypes.c_uint8 * len(state)).from_buffer(state)
    try:
        _call(folder, _Q_XGETQSTATV, 0, buffer)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.ESRCH, errno.ENOTTY, errno.EPERM):
            return False
        raise
    return bool(int.from_bytes(state[2:4], "little") & _ENFORCED)


def limit(folder: str, project: int, size: int) -> None:
    """Let the files of ``project`` on the file system of ``folder`` take ``size`` bytes; 0: any. Raises OSError."""
    blocks = -(-size // _BLOCK)
    value = _Limits(version=1, flags=_PROJECT, fieldmask=_SOFT | _HARD, id=project, blk_hard=blocks, blk_soft=blocks)
    _call(folder, _Q_XSETQLIM, project, value)


def usage(folder: str, project: int) -> tuple[int, int]:
    """(bytes taken, most bytes) of ``project`` on the file system of ``folder``; nothing of one that nobody has used.

    Raises OSError.
    """
    value = _Limits()
    try:
        _call(folder, _Q_XGETQUOTA, project, value)
    except OSError as error:
        if error.errno == errno.ENOENT:
            return 0, 0
        raise
    return value.blocks * _BLOCK, value.blk_hard * _BLOCK


def project(folder: str) -> int:
    """The project id of ``folder``; 0: none. Raises OSError."""
    return _FSXATTR.unpack(_attributes(folder))[3]  # type: ignore[no-any-return]


def set_project(folder: str, number: int) -> None:
    """Give ``folder`` the project id, and all that is made in it from now on. Raises OSError."""
    flags, extent, extents, _, cow = _FSXATTR.unpack(_attributes(folder))
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.ioctl(fd, _SETXATTR, _FSXATTR.pack(flags | _INHERIT, extent, extents, number, cow))
    except OSError as error:
        raise OSError(error.errno, error.strerror, folder) from None
    finally:
        os.close(fd)


def _attributes(folder: str) -> bytes:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return fcntl.ioctl(fd, _GETXATTR, bytes(_FSXATTR.size))
    except OSError as error:
        raise OSError(error.errno, error.strerror, folder) from None
    finally:
        os.close(fd)


def _call(folder: str, command: int, number: int, value: object) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        address = ctypes.byref(value)  # type: ignore[arg-type]
        libc.syscall(_QUOTACTL_FD, fd, command << 8 | _PROJECT, number, address, what=folder)
    finally:
        os.close(fd)
