"""The device mapper by ioctl(2) on /dev/mapper/control (linux/dm-ioctl.h): no ``dmsetup``, no library, no udev.

Devices are named; their nodes are the kernel's own, ``/dev/dm-<minor>``.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os

from hutch.linux import libc

CONTROL = "/dev/mapper/control"
SECTOR = 512

_REMOVE, _LIST, _CREATE, _SUSPEND, _STATUS, _LOAD, _TABLE_STATUS, _VERSIONS, _MESSAGE = 4, 2, 3, 6, 7, 9, 12, 13, 14
_READ_ONLY = 1
_SUSPENDED = 2
_TABLE = 1 << 4
_BUFFER_FULL = 1 << 8
_DEFERRED = 1 << 17
_VERSION = (4, 27, 0)
"""What is asked for: 4.27 (Linux 3.13) has deferred removal."""

_BLKDISCARD = 0x1277
_BLKGETSIZE64 = 0x80081272
_MOST = 1 << 20
"""Bytes of the largest answer."""


class _Head(ctypes.Structure):
    """struct dm_ioctl."""

    _fields_ = (
        ("version", ctypes.c_uint32 * 3),
        ("data_size", ctypes.c_uint32),
        ("data_start", ctypes.c_uint32),
        ("target_count", ctypes.c_uint32),
        ("open_count", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
        ("event", ctypes.c_uint32),
        ("padding", ctypes.c_uint32),
        ("device", ctypes.c_uint64),
        ("name", ctypes.c_char * 128),
        ("uuid", ctypes.c_char * 129),
        ("data", ctypes.c_char * 7),
    )


class _Target(ctypes.Structure):
    """struct dm_target_spec; its parameters follow."""

    _fields_ = (
        ("start", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
        ("status", ctypes.c_int32),
        ("next", ctypes.c_uint32),
        ("kind", ctypes.c_char * 16),
    )


_HEAD = ctypes.sizeof(_Head)
_TARGET = ctypes.sizeof(_Target)


class Device:
    """What the kernel says of a mapped device."""

    __slots__ = ("deferred", "name", "number", "opened", "suspended")

    def __init__(self, head: _Head) -> None:
        self.name = head.name.decode()
        self.number = (os.major(head.device), os.minor(head.device))
        self.opened = int(head.open_count)
        self.deferred = bool(head.flags & _DEFERRED)
        """Whether it goes when the last one closes it."""
        self.suspended = bool(head.flags & _SUSPENDED)

    @property
    def path(self) -> str:
        """The kernel's node of the device."""
        return f"/dev/dm-{self.number[1]}"


def create(name: str, length: int, kind: str, parameters: str, *, read_only: bool = False) -> Device:
    """Make and start the device ``name`` with one target over ``length`` sectors.

    ``parameters`` as the target's documentation has them (kernel documentation, device-mapper). Nothing is left if it
    fails. Raises OSError (EBUSY: the name is taken).
    """
    _ask(_CREATE, name)
    try:
        text = parameters.encode() + b"\0"
        text += b"\0" * (-len(text) % 8)
        target = _Target(0, length, 0, _TARGET + len(text), kind.encode())
        _ask(_LOAD, name, bytes(target) + text, flags=_READ_ONLY if read_only else 0, targets=1)
        head, _ = _ask(_SUSPEND, name)
    except BaseException:
        remove(name)
        raise
    return Device(head)


def remove(name: str, *, deferred: bool = False) -> None:
    """Remove the device; with ``deferred`` as soon as nobody has it open any more. Raises OSError (EBUSY, ENXIO)."""
    _ask(_REMOVE, name, flags=_DEFERRED if deferred else 0)


def find(name: str) -> Device | None:
    """The device ``name``, if there is one. Raises OSError."""
    try:
        head, _ = _ask(_STATUS, name)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return None
        raise
    return Device(head)


def suspend(name: str) -> None:
    """Hold requests back until :func:`resume`; what is under way is finished first. Raises OSError."""
    _ask(_SUSPEND, name, flags=_SUSPENDED)


def resume(name: str) -> None:
    """Let requests through again. Raises OSError."""
    _ask(_SUSPEND, name)


def status(name: str) -> str:
    """The status line of a device's one target. Raises OSError."""
    _, data = _ask(_TABLE_STATUS, name)
    return data[_TARGET:].partition(b"\0")[0].decode()


def table(name: str) -> str:
    """The parameters of a device's one target. Raises OSError."""
    _, data = _ask(_TABLE_STATUS, name, flags=_TABLE)
    return data[_TARGET:].partition(b"\0")[0].decode()


def message(name: str, text: str) -> None:
    """Send the target at sector 0 a message, such as ``create_thin 0``. Raises OSError naming it."""
    try:
        _ask(_MESSAGE, name, bytes(8) + text.encode() + b"\0")
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{name}: {text}") from None


def names() -> list[str]:
    """All mapped devices. Raises OSError."""
    _, data = _ask(_LIST, "")
    found: list[str] = []
    at = 0
    while at + 12 <= len(data):
        number, following = (
            int.from_bytes(data[at : at + 8], "little"),
            int.from_bytes(data[at + 8 : at + 12], "little"),
        )
        if number:
            found.append(data[at + 12 :].partition(b"\0")[0].decode())
        if not following:
            break
        at += following
    return found


def targets() -> list[str]:
    """The kinds of targets that the kernel has now; none without a device mapper. Raises OSError."""
    try:
        _, data = _ask(_VERSIONS, "")
    except FileNotFoundError:
        return []
    found: list[str] = []
    at = 0
    while at + 16 <= len(data):
        found.append(data[at + 16 :].partition(b"\0")[0].decode())
        following = int.from_bytes(data[at : at + 4], "little")
        if not following:
            break
        at += following
    return found


def discard(path: str) -> None:
    """Tell the block device that nothing of what it holds is wanted any more (BLKDISCARD). Raises OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        size = _size(fd)
        range_ = (ctypes.c_uint64 * 2)(0, size)
        libc.check(libc.blocking.ioctl(fd, ctypes.c_ulong(_BLKDISCARD), range_), path)
    finally:
        os.close(fd)


def size_of(path: str) -> int:
    """The size of the block device in bytes. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return _size(fd)
    finally:
        os.close(fd)


def _size(fd: int) -> int:
    buffer = bytearray(8)
    fcntl.ioctl(fd, _BLKGETSIZE64, buffer)
    return int.from_bytes(buffer, "little")


def _ask(command: int, name: str, data: bytes = b"", *, flags: int = 0, targets: int = 0) -> tuple[_Head, bytes]:
    """One request: the head and the data of the answer. The buffer grows until the answer fits."""
    room = 4096
    fd = os.open(CONTROL, os.O_RDWR | os.O_CLOEXEC)
    try:
        while True:
            total = _HEAD + max(room, len(data))
            head = _Head(_VERSION, total, _HEAD, targets, 0, flags, name=name.encode())
            buffer = ctypes.create_string_buffer(bytes(head) + data, total)
            request = ctypes.c_ulong(3 << 30 | _HEAD << 16 | 0xFD << 8 | command)
            libc.check(libc.blocking.ioctl(fd, request, buffer), name or CONTROL)
            answer = _Head.from_buffer_copy(buffer)
            if not answer.flags & _BUFFER_FULL or room >= _MOST:
                return answer, bytes(buffer)[answer.data_start : answer.data_size]
            room *= 8
    finally:
        os.close(fd)
