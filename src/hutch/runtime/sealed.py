"""The program file that containers may come to see is not writable through what they see (CVE-2019-5736).

Until its execve the init of a container is this interpreter, and an entrypoint ``#!/proc/self/exe`` makes the kernel
run the interpreter once more inside the container. Whoever may open ``/proc/PID/exe`` there must not reach the host's
file. So the processes that clone containers run from a detached read-only mount of their own interpreter, which is in
no mount namespace and can therefore not be remounted; where mounting is not allowed, from a sealed copy in memory.
"""

from __future__ import annotations

import fcntl
import os
import sys

from hutch.linux import mount, process

_ST_RDONLY = 1
_NAME = "hutch-sealed"


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
    env = [key + b"=" + value for key, value in os.environb.items()]
    fd = _open_sealed()
    try:
        process.execveat(fd, argv, env)
    finally:
        os.close(fd)


def _open_sealed() -> int:
    try:
        fd = mount.open_tree(mount.AT_FDCWD, "/proc/self/exe", mount.OPEN_TREE_CLONE)
    except OSError:
        return _copy()
    try:
        mount.mount_setattr(fd, add=mount.MOUNT_ATTR_RDONLY)
    except OSError:
        os.close(fd)
        return _copy()
    return fd


def _copy() -> int:
    """A memfd with our program file that nobody can write, shrink, grow or unseal any more."""
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
