"""Modules of the kernel: modprobe(8) knows where they are and what they need."""

from __future__ import annotations

import os

_PROGRAMS = ("/usr/sbin/modprobe", "/sbin/modprobe")
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def load(name: str) -> bool:
    """Have the kernel load the module ``name``; whether it could, or had it. Without modprobe(8) it could not."""
    for program in _PROGRAMS:
        if os.access(program, os.X_OK):
            pid = os.posix_spawn(program, [program, "-q", "--", name], _ENVIRONMENT)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return False
