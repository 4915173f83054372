"""How the kernel gives a process its turns: sched_setattr(2), ioprio_set(2)."""

from __future__ import annotations

import ctypes

from hutch.linux import libc

_SCHED_SETATTR = libc.number(314, 274)
_IOPRIO_SET = libc.number(251, 30)
_WHO_PROCESS = 1
_CLASS_SHIFT = 13

POLICIES = {
    "SCHED_OTHER": 0, "SCHED_FIFO": 1, "SCHED_RR": 2, "SCHED_BATCH": 3, "SCHED_ISO": 4, "SCHED_IDLE": 5,
    "SCHED_DEADLINE": 6,
}  # fmt: skip
FLAGS = {
    "SCHED_FLAG_RESET_ON_FORK": 0x1, "SCHED_FLAG_RECLAIM": 0x2, "SCHED_FLAG_DL_OVERRUN": 0x4,
    "SCHED_FLAG_KEEP_POLICY": 0x8, "SCHED_FLAG_KEEP_PARAMS": 0x10, "SCHED_FLAG_UTIL_CLAMP_MIN": 0x20,
    "SCHED_FLAG_UTIL_CLAMP_MAX": 0x40,
}  # fmt: skip
IO_CLASSES = {"IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3}


class _Attributes(ctypes.Structure):
    """struct sched_attr, its first version."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def set_scheduler(
    policy: int, flags: int, nice: int, priority: int, runtime: int = 0, deadline: int = 0, period: int = 0
) -> None:
    """Scheduling policy and parameters of this thread; times in nanoseconds. Raises OSError."""
    size = ctypes.sizeof(_Attributes)
    value = _Attributes(size, policy, flags, nice, priority, runtime, deadline, period)
    libc.syscall(_SCHED_SETATTR, 0, ctypes.byref(value), 0, what="sched_setattr")


def set_io_priority(kind: int, level: int) -> None:
    """I/O scheduling class and level (0 highest to 7) of this thread. Raises OSError."""
    libc.syscall(_IOPRIO_SET, _WHO_PROCESS, 0, kind << _CLASS_SHIFT | level, what="ioprio_set")
