"""The C library and raw system calls: one door for ctypes.

Every wrapper of this room goes through :func:`check` or :func:`syscall`, so that an error always becomes an
``OSError`` with errno and the thing it was about. ``PyDLL`` keeps the GIL during the call: the launcher and its
children are single-threaded, and a fork-like call (clone3) must return with the GIL held in the child. Calls that
may block while other threads of the daemon must go on use :data:`blocking` instead.
"""

from __future__ import annotations

import ctypes
import os

held = ctypes.PyDLL(None, use_errno=True)
"""libc, called with the GIL held."""

blocking = ctypes.CDLL(None, use_errno=True)
"""libc, called with the GIL released."""

_syscall = held.syscall
_syscall.restype = ctypes.c_long

_ARM64 = os.uname().machine == "aarch64"


def number(x86_64: int, arm64: int) -> int:
    """The system call number for this machine. Numbers from 403 on are the same on every architecture."""
    return arm64 if _ARM64 else x86_64


def error(what: str = "") -> OSError:
    """The OSError for the current errno, about ``what``."""
    code = ctypes.get_errno()
    return OSError(code, os.strerror(code), what) if what else OSError(code, os.strerror(code))


def check(result: int, what: str = "") -> int:
    """``result`` unless it is -1, then the OSError for errno, naming ``what``."""
    if result == -1:
        raise error(what)
    return result


def syscall(num: int, *args: int | ctypes.Array[ctypes.c_char] | bytes | object | None, what: str = "") -> int:
    """Call ``syscall(2)``. Integers are passed as C longs, bytes and ctypes objects by pointer, None as NULL.

    Raises OSError naming ``what``.
    """
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    return check(int(_syscall(ctypes.c_long(num), *converted)), what)
