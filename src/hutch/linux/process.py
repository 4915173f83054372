"""Processes: clone3(2), pidfds, prctl(2), close_range(2), execveat(2)."""

from __future__ import annotations

import ctypes
import errno
import os

from hutch.linux import libc

CLONE_PIDFD = 0x1000
CLONE_PARENT = 0x8000
CLONE_INTO_CGROUP = 0x200000000

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

CLOSE_RANGE_CLOEXEC = 4

_CLONE3 = 435
_CLOSE_RANGE = 436
_PIDFD_OPEN = 434
_PIDFD_SEND_SIGNAL = 424
_PIDFD_GETFD = 438
_EXECVEAT = libc.number(322, 281)
_KEYCTL = libc.number(250, 219)
_PERSONALITY = libc.number(135, 92)


class _CloneArgs(ctypes.Structure):
    """struct clone_args."""

    _fields_ = tuple(
        (name, ctypes.c_uint64)
        for name in (
            "flags",
            "pidfd",
            "child_tid",
            "parent_tid",
            "exit_signal",
            "stack",
            "stack_size",
            "tls",
            "set_tid",
            "set_tid_size",
            "cgroup",
        )
    )


def clone3(flags: int, *, exit_signal: int = 17, cgroup_fd: int = -1) -> tuple[int, int]:
    """clone3(2) like fork(2): returns (pid, pidfd) in the parent and (0, -1) in the child.

    ``cgroup_fd`` is a cgroup v2 folder the child starts in. Only for processes with a single thread: the interpreter's
    own after-fork work (locks of other threads) is left out, and the child runs with the GIL held because the call
    is made through PyDLL. With CLONE_PARENT ``exit_signal`` must be 0. Raises OSError.
    """
    pidfd = ctypes.c_int(-1)
    args = _CloneArgs()
    args.flags = flags | CLONE_PIDFD
    args.pidfd = ctypes.addressof(pidfd)
    args.exit_signal = exit_signal
    if cgroup_fd >= 0:
        args.flags |= CLONE_INTO_CGROUP
        args.cgroup = cgroup_fd
    pid = libc.syscall(_CLONE3, ctypes.byref(args), ctypes.sizeof(args), what="clone3")
    return (pid, pidfd.value) if pid else (0, -1)


def pidfd_open(pid: int) -> int:
    """pidfd_open(2). Raises OSError."""
    return libc.syscall(_PIDFD_OPEN, pid, 0, what=f"process {pid}")


def pidfd_send_signal(pidfd: int, signal: int) -> None:
    """pidfd_send_signal(2). Raises OSError (ESRCH when the process has ended)."""
    libc.syscall(_PIDFD_SEND_SIGNAL, pidfd, signal, None, 0, what="pidfd_send_signal")


def pidfd_getfd(pidfd: int, fd: int) -> int:
    """A copy of another process's descriptor, close-on-exec (pidfd_getfd(2)). Raises OSError."""
    return libc.syscall(_PIDFD_GETFD, pidfd, fd, 0, what="pidfd_getfd")


def pidfd_pid(pidfd: int) -> int:
    """The process id behind a pidfd in our own pid namespace; -1 when it has ended, 0 when it is not visible here."""
    with open(f"/proc/self/fdinfo/{pidfd}") as info:
        for line in info:
            if line.startswith("Pid:"):
                return int(line[4:])
    raise OSError(errno.EBADF, os.strerror(errno.EBADF), f"fd {pidfd}")


def start_time(pid: int) -> int:
    """When a process started, in clock ticks since boot (proc(5), field 22 of stat). Raises OSError when it is gone.

    A process id together with its start time names a process for good; ids alone are used again.
    """
    with open(f"/proc/{pid}/stat", "rb") as stat:
        return int(stat.read().rpartition(b")")[2].split()[19])


_REST = (ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong)
_prctl = libc.held["prctl"]
_prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, *_REST)
_prctl_text = libc.held["prctl"]
_prctl_text.argtypes = (ctypes.c_int, ctypes.c_char_p, *_REST)


def prctl(option: int, value: int = 0, what: str = "prctl") -> None:
    """prctl(2) with one argument and zeros. Raises OSError."""
    if _prctl(option, value, 0, 0, 0) < 0:
        raise libc.error(what)


def no_new_privs() -> None:
    """From now on execve grants nothing (PR_SET_NO_NEW_PRIVS, prctl(2))."""
    prctl(PR_SET_NO_NEW_PRIVS, 1, "no_new_privs")


def become_subreaper() -> None:
    """Orphaned descendants become our children (PR_SET_CHILD_SUBREAPER, prctl(2))."""
    prctl(PR_SET_CHILD_SUBREAPER, 1, "subreaper")


def die_with_parent(signal: int = 9) -> None:
    """Send ourselves ``signal`` when our parent thread ends (PR_SET_PDEATHSIG, prctl(2)); 0 undoes it."""
    prctl(PR_SET_PDEATHSIG, signal, "pdeathsig")


def set_dumpable(on: bool) -> None:
    """Whether others of our uid may read our /proc files and trace us (PR_SET_DUMPABLE, prctl(2))."""
    prctl(PR_SET_DUMPABLE, int(on), "dumpable")


def set_name(name: str) -> None:
    """The name of this process as ps(1) shows it, at most 15 bytes (prctl(2), PR_SET_NAME). Raises OSError."""
    if _prctl_text(PR_SET_NAME, name.encode(), 0, 0, 0) < 0:
        raise libc.error("name")


def close_on_exec_from(first: int, last: int = 0xFFFFFFFF) -> None:
    """Mark every descriptor from ``first`` to ``last`` close-on-exec (close_range(2)). Raises OSError."""
    if first <= last:
        libc.syscall(_CLOSE_RANGE, first, last, CLOSE_RANGE_CLOEXEC, what="close_range")


def close_from(first: int, last: int = 0xFFFFFFFF) -> None:
    """Close every descriptor from ``first`` to ``last`` (close_range(2)). Raises OSError."""
    if first <= last:
        libc.syscall(_CLOSE_RANGE, first, last, 0, what="close_range")


def execveat(fd: int, argv: list[bytes], env: list[bytes]) -> None:
    """execveat(2) of the open file ``fd``. Returns only by raising OSError."""
    arguments = (ctypes.c_char_p * (len(argv) + 1))(*argv, None)
    environment = (ctypes.c_char_p * (len(env) + 1))(*env, None)
    libc.syscall(_EXECVEAT, fd, b"", arguments, environment, 0x1000, what="execveat")


def join_session_keyring(name: str) -> None:
    """A new session keyring of our own (keyctl(2), KEYCTL_JOIN_SESSION_KEYRING). Raises OSError."""
    libc.syscall(_KEYCTL, 1, name.encode(), 0, 0, 0, what="keyctl")


def personality(persona: int) -> None:
    """personality(2): the execution domain, such as PER_LINUX32 (8). Raises OSError."""
    libc.syscall(_PERSONALITY, persona, what="personality")


def execve(path: bytes, args: list[bytes], env: list[bytes]) -> None:
    """execve(2) with the environment's entries as they are, duplicates and entries without "=" included."""
    pairs: dict[bytes, bytes] = {}
    for entry in env:
        name, found, value = entry.partition(b"=")
        if not (name and found) or name in pairs:
            break
        pairs[name] = value
    else:
        os.execve(path, args, pairs)  # much less work than to make arrays of our own
    arguments = (ctypes.c_char_p * (len(args) + 1))(*args, None)
    environment = (ctypes.c_char_p * (len(env) + 1))(*env, None)
    libc.check(libc.held.execve(path, arguments, environment), os.fsdecode(path))


_NO_SIGNALS = bytes(128)


def reset_signals() -> None:
    """Default action for the signals that Python ignores, and no signal blocked: both would survive execve."""
    for number in (13, 25):  # SIGPIPE, SIGXFSZ
        libc.held.signal(number, None)
    libc.held.sigprocmask(2, _NO_SIGNALS, None)
