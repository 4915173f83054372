"""The program file that containers may come to see is not writable through what they see (CVE-2019-5736).

Until its execve the init of a container is this interpreter, and an entrypoint ``#!/proc/self/exe`` makes the kernel
run the interpreter once more inside the container. Whoever may open ``/proc/PID/exe`` there must not reach the host's
file. So the processes that clone containers run from a detached read-only mount of their own interpreter, which is in
no mount namespace and can therefore not be remounted; where mounting is not allowed, from a sealed copy in memory.

What runs first is thrown away at once, so it loads next to nothing: the C part of ctypes alone makes two calls.
"""

from __future__ import annotations

import os
import struct
import sys

_ST_RDONLY = 1
_NAME = "hutch-sealed"
_OPEN_TREE, _MOUNT_SETATTR = 428, 442
_AT_FDCWD, _AT_EMPTY_PATH = -100, 0x1000
_OPEN_TREE_CLONE, _OPEN_TREE_CLOEXEC = 1, 0o2000000
_READ_ONLY = struct.pack("=4Q", 1, 0, 0, 0)
"""struct mount_attr with MOUNT_ATTR_RDONLY set (mount_setattr(2))."""


def is_sealed() -> bool:
    """Whether our program file cannot be written through /proc/self/exe."""
    if os.statvfs("/proc/self/exe").f_flag & _ST_RDONLY:
        return True
    return os.readlink("/proc/self/exe").startswith(f"/memfd:{_NAME}")


def ensure() -> None:
    """Run on from a sealed program file: executes ourselves again unless that is done. Raises OSError."""
    if is_sealed():
        return
    argv = [os.fsencode(arg) for arg in (sys.executable, *sys.orig_argv[1:])]
    fd = _read_only()
    if fd < 0:
        fd = _copy()
    try:
        os.execve(fd, argv, os.environb)
    finally:
        os.close(fd)


def _read_only() -> int:
    """A descriptor of our program file on a read-only mount of its own, or -1 where that is not allowed."""
    try:
        import _ctypes

        library = _ctypes.dlopen(None, 0)  # type: ignore[arg-type]  # typeshed does not know of ourselves
        syscall = _ctypes.dlsym(library, "syscall")
        call = _ctypes.call_function
    except (ImportError, AttributeError, OSError):
        return -1
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC
    fd = call(syscall, (_OPEN_TREE, _AT_FDCWD, b"/proc/self/exe", flags))
    if fd < 0:
        return -1
    if call(syscall, (_MOUNT_SETATTR, fd, b"", _AT_EMPTY_PATH, _READ_ONLY, len(_READ_ONLY))) < 0:
        os.close(fd)
        return -1
    return int(fd)


def _copy() -> int:
    """A memfd with our program file that nobody can write, shrink, grow or unseal any more."""
    import fcntl

    fd = os.memfd_create(_NAME, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    source = os.open("/proc/self/exe", os.O_RDONLY | os.O_CLOEXEC)
    try:
        while os.sendfile(fd, source, None, 1 << 24) > 0:
            pass
    finally:
        os.close(source)
    seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd
