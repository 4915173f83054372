"""Capabilities (capabilities(7)): their numbers, and the calls that set a process's five sets."""

from __future__ import annotations

import ctypes
import errno
import struct

from hutch.linux import libc

NAMES = (
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
    "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
)  # fmt: skip
"""Every capability, at the index that is its number (include/uapi/linux/capability.h)."""

NUMBERS = {name: number for number, name in enumerate(NAMES)}

_VERSION_3 = 0x20080522
_PR_CAPBSET_READ = 23
_PR_CAPBSET_DROP = 24
_PR_CAP_AMBIENT = 47
_AMBIENT_RAISE = 2
_AMBIENT_CLEAR_ALL = 4
_CAPGET = libc.number(125, 90)
_CAPSET = libc.number(126, 91)


def mask(names: list[str] | tuple[str, ...]) -> int:
    """The bit mask of the named capabilities. Raises KeyError for an unknown name."""
    bits = 0
    for name in names:
        bits |= 1 << NUMBERS[name]
    return bits


def names_of(bits: int) -> list[str]:
    """The names of the capabilities in a bit mask, lowest number first; numbers without a name are left out."""
    return [name for number, name in enumerate(NAMES) if bits >> number & 1]


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def get() -> tuple[int, int, int]:
    """Our (effective, permitted, inheritable) sets as masks (capget(2))."""
    data = (ctypes.c_uint32 * 6)()
    header = _Header(_VERSION_3, 0)
    libc.syscall(_CAPGET, ctypes.byref(header), ctypes.byref(data), what="capget")
    return data[0] | data[3] << 32, data[1] | data[4] << 32, data[2] | data[5] << 32


def set_(effective: int, permitted: int, inheritable: int) -> None:
    """Set our three sets from masks (capset(2)). Raises OSError."""
    sets = (effective, permitted, inheritable)
    data = struct.pack("=6I", *(bits & 0xFFFFFFFF for bits in sets), *(bits >> 32 for bits in sets))
    libc.syscall(_CAPSET, struct.pack("=Ii", _VERSION_3, 0), data, what="capset")


_prctl_call = libc.held["prctl"]
_prctl_call.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)


def _prctl(option: int, second: int, third: int = 0) -> int:
    return int(_prctl_call(option, second, third, 0, 0))


def last() -> int:
    """The highest capability number this kernel knows (by asking for ever higher ones)."""
    number = len(NAMES) - 1
    while number > 0 and _prctl(_PR_CAPBSET_READ, number) < 0:
        number -= 1
    while _prctl(_PR_CAPBSET_READ, number + 1) >= 0:
        number += 1
    return number


def limit_bounding(bits: int) -> None:
    """Drop every capability that is not in ``bits`` from the bounding set. Raises OSError."""
    for number in range(64):
        if bits >> number & 1:
            continue
        if _prctl(_PR_CAPBSET_DROP, number) == -1:
            if ctypes.get_errno() == errno.EINVAL:
                return
            raise libc.error(f"bounding set, capability {number}")


def bounding() -> int:
    """Our bounding set as a mask."""
    bits = 0
    for number in range(64):
        present = _prctl(_PR_CAPBSET_READ, number)
        if present < 0:
            break
        bits |= present << number
    return bits


def set_ambient(bits: int) -> None:
    """Make the ambient set exactly ``bits``. Raises OSError (EPERM when one is not permitted and inheritable)."""
    libc.check(_prctl(_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL), "ambient set")
    for number in range(64):
        if bits >> number & 1:
            libc.check(_prctl(_PR_CAP_AMBIENT, _AMBIENT_RAISE, number), f"ambient set, capability {number}")
