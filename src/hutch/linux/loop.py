"""Files as block devices: loop(4), with ``LOOP_CONFIGURE`` (Linux 5.8), which sets everything up in one step."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os

from hutch.linux import modules

_CONTROL = "/dev/loop-control"

_GET_STATUS64 = 0x4C05
_SET_CAPACITY = 0x4C07
_CONFIGURE = 0x4C0A
_CTL_GET_FREE = 0x4C82

_AUTOCLEAR = 4
_DIRECT_IO = 16
_READ_ONLY = 1
_TRIES = 64
_NAME = 64


class _Info(ctypes.Structure):
    """struct loop_info64."""

    _fields_ = (
        ("device", ctypes.c_uint64),
        ("inode", ctypes.c_uint64),
        ("rdevice", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
        ("sizelimit", ctypes.c_uint64),
        ("number", ctypes.c_uint32),
        ("encrypt_type", ctypes.c_uint32),
        ("encrypt_key_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("file_name", ctypes.c_uint8 * _NAME),
        ("crypt_name", ctypes.c_uint8 * _NAME),
        ("encrypt_key", ctypes.c_uint8 * 32),
        ("init", ctypes.c_uint64 * 2),
    )


class _Config(ctypes.Structure):
    """struct loop_config."""

    _fields_ = (
        ("fd", ctypes.c_uint32),
        ("block_size", ctypes.c_uint32),
        ("info", _Info),
        ("reserved", ctypes.c_uint64 * 8),
    )


def attach(path: str, *, read_only: bool = False, direct: bool = False) -> tuple[int, str]:
    """(descriptor, device path) of a loop device over the file ``path``.

    The device lives as long as anybody has it open or mounted (``LO_FLAGS_AUTOCLEAR``): a crash leaves none behind.
    ``direct``: past the page cache where the file system below can. Raises OSError.
    """
    backing = os.open(path, (os.O_RDONLY if read_only else os.O_RDWR) | os.O_CLOEXEC)
    try:
        config = _Config(backing, 0)
        config.info.flags = _AUTOCLEAR | (_DIRECT_IO if direct else 0) | (_READ_ONLY if read_only else 0)
        name = os.fsencode(path)[: _NAME - 1]
        ctypes.memmove(config.info.file_name, name, len(name))
        for _ in range(_TRIES):
            device = f"/dev/loop{_free()}"
            fd = os.open(device, (os.O_RDONLY if read_only else os.O_RDWR) | os.O_CLOEXEC)
            try:
                fcntl.ioctl(fd, _CONFIGURE, bytes(config))
            except OSError as error:
                os.close(fd)
                if error.errno == errno.EBUSY:  # another one was faster
                    continue
                raise OSError(error.errno, error.strerror, device) from None
            return fd, device
        raise OSError(errno.EBUSY, "no loop device could be had", path)
    finally:
        os.close(backing)


def shared(path: str) -> tuple[int, str]:
    """:func:`attach`, but the device that the file has already, if any: two over one file would not see each other's
    writes. Whoever else calls this waits meanwhile. Raises OSError.
    """
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        status = os.fstat(file)
        return _attached((status.st_dev, status.st_ino)) or attach(path)
    finally:
        os.close(file)


def _attached(file: tuple[int, int]) -> tuple[int, str] | None:
    """The device over the file (device, inode), opened."""
    for name in os.listdir("/sys/block"):
        if not name.startswith("loop") or not os.path.exists(f"/sys/block/{name}/loop"):
            continue
        device = f"/dev/{name}"
        try:
            fd = os.open(device, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            if backing(fd) == file:
                return fd, device
        except OSError as error:
            if error.errno != errno.ENXIO:  # it was let go of meanwhile
                os.close(fd)
                raise
        os.close(fd)
    return None


def _free() -> int:
    if not os.path.exists(_CONTROL):
        modules.load("loop")
    control = os.open(_CONTROL, os.O_RDWR | os.O_CLOEXEC)
    try:
        return fcntl.ioctl(control, _CTL_GET_FREE)
    finally:
        os.close(control)


def backing(fd: int) -> tuple[int, int]:
    """(device, inode) of the file behind the open loop device. Raises OSError (ENXIO: it has none)."""
    info = bytearray(ctypes.sizeof(_Info))
    fcntl.ioctl(fd, _GET_STATUS64, info)
    status = _Info.from_buffer_copy(info)
    return status.device, status.inode


def grow(fd: int) -> None:
    """Have the device take the size that its file has now (``LOOP_SET_CAPACITY``). Raises OSError."""
    fcntl.ioctl(fd, _SET_CAPACITY)
