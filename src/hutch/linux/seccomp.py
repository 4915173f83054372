"""seccomp(2): put a filter on the calling process."""

from __future__ import annotations

import ctypes
import os
import struct

from hutch.linux import libc

_NR_SECCOMP = libc.number(317, 277)
_SET_MODE_FILTER = 1
TSYNC, LOG, SPEC_ALLOW, NEW_LISTENER = 1, 2, 4, 8
_TSYNC_ESRCH = 16  # with a listener the result is its descriptor and cannot be the thread that did not come along
_INSTRUCTION = 8


def install(program: bytes, flags: int = 0) -> int:
    """Filter this thread (with TSYNC all threads) and what it will fork and execute from now on.

    ``program`` is an array of struct sock_filter. Needs no_new_privs or CAP_SYS_ADMIN. Returns the listener fd with
    NEW_LISTENER, else 0. Raises OSError; ESRCH when TSYNC could not bring another thread along.
    """
    address = ctypes.cast(ctypes.c_char_p(program), ctypes.c_void_p).value  # of the bytes: a buffer would be a new type
    header = struct.pack("@HP", len(program) // _INSTRUCTION, address)
    if flags & TSYNC and flags & NEW_LISTENER:
        flags |= _TSYNC_ESRCH
    result = libc.syscall(_NR_SECCOMP, _SET_MODE_FILTER, flags, header, what="seccomp(SET_MODE_FILTER)")
    if result and flags & TSYNC and not flags & NEW_LISTENER:
        raise OSError(3, f"{os.strerror(3)}: thread {result} has a filter of its own", "seccomp(SET_MODE_FILTER)")
    return result
