"""A further process in a running container: one clone, and everything else in the child.

The child is cloned straight into the container's pid namespace (a process's children start in the one that it has set
with setns(2), while it stays in its own) and, on cgroup v2, into its cgroup. It has what it is to become in its memory
and goes into the other namespaces by itself, so that the parent, which may be a keeper that lives on, does and keeps
next to nothing. Single-threaded callers only.
"""

from __future__ import annotations

import os

from hutch.linux import namespaces, process
from hutch.model.errors import Invalid
from hutch.model.undo import ExitStack, suppress
from hutch.runtime import notify, plan
from hutch.runtime.cgroups.entry import Entry
from hutch.runtime.stages import init, through
from hutch.runtime.stages.channel import Channel, Closed, pair
from hutch.runtime.stages.failure import SandboxFailed
from hutch.runtime.step import strerror
from hutch.runtime.steps import scheduling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Config = dict[str, Any]
    Filter = Callable[[], tuple[Config | None, bytes]]
    Heard = Callable[["Joining", int], None]

Streams = tuple[int, int, int]


class Target:
    """A running container: its init's pid, and the way into its cgroup."""

    __slots__ = ("entry", "pid")

    def __init__(self, pid: int, entry: Entry) -> None:
        self.pid = pid
        self.entry = entry


class Running:
    """A further process of a running container. ``console`` is the master of its terminal or -1.

    Owns its descriptors.
    """

    __slots__ = ("console", "pid", "pidfd")

    def __init__(self, pid: int, pidfd: int, console: int) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self.console = console


class Joining:
    """A further process on its way to its execve. Owns its descriptors; ``channel`` becomes readable when it speaks."""

    __slots__ = ("channel", "console", "pid", "pidfd")

    def __init__(self, pid: int, pidfd: int, channel: Channel) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self.channel = channel
        self.console = -1

    def step(self, heard: Heard | None = None) -> bool:
        """Take its next message; whether its execve is done. ``heard`` takes it and the number of its listener.

        Raises SandboxFailed; the process ends by itself then.
        """
        try:
            message, fds = notify.listen(self.channel, (lambda number: heard(self, number)) if heard else None)
        except Closed:
            return True
        if message.get("event") == "failed":
            raise SandboxFailed.of(message)
        if fds:
            self.console = fds[0]
        return False

    def close(self) -> None:
        """Give back the descriptors; the console too unless it was taken (set to -1)."""
        self.channel.close()
        os.close(self.pidfd)
        if self.console >= 0:
            os.close(self.console)


def execute(
    target: Target,
    wanted: Config,
    stdio: Streams | None,
    secured: Filter,
    preserve: tuple[int, ...] = (),
    heard: Heard | None = None,
    linux: Config | None = None,
) -> Running:
    """Start a further process in a running container; returns once its execve is done.

    Parameters and errors as of :func:`join` and :meth:`Joining.step`; raises SandboxFailed too.
    """
    joining = join(target, wanted, stdio, secured, preserve, linux)
    try:
        while not joining.step(heard):
            continue
    except BaseException:
        with suppress(ProcessLookupError):
            process.pidfd_send_signal(joining.pidfd, 9)
        with suppress(ChildProcessError):
            os.waitpid(joining.pid, 0)
        joining.close()
        raise
    joining.channel.close()
    return Running(joining.pid, joining.pidfd, joining.console)


def join(
    target: Target,
    wanted: Config,
    stdio: Streams | None,
    secured: Filter,
    preserve: tuple[int, ...] = (),
    linux: Config | None = None,
) -> Joining:
    """Clone a further process into a running container, which becomes ``wanted``, an OCI process.

    ``secured`` tells, in the child, the container's ``linux.seccomp`` and the compiled filter for it, or (None, b"");
    ``preserve`` are descriptors that the process gets from 3 on; ``linux`` has the personality and the memory policy
    of the container's processes. Raises SandboxFailed, Invalid, OSError.
    """
    if not wanted.get("args"):
        raise Invalid("args must not be empty")
    plan.check_preserved(preserve)
    affinity = (wanted.get("execCPUAffinity") or {}).get("initial")
    processors = scheduling.processors_of(str(affinity)) if affinity else []
    process.set_dumpable(False)  # the child too: the container sees it from its first moment on
    with ExitStack() as undo:
        ours, theirs = pair()
        undo.callback(ours.close)
        with ExitStack() as lent:
            cgroup = target.entry.open_unified()
            if cgroup >= 0:
                lent.callback(os.close, cgroup)
            pidfd = process.pidfd_open(target.pid)
            lent.callback(os.close, pidfd)
            try:
                pid, child = _clone(target.pid, pidfd, cgroup)
            except OSError as err:
                text = f"joining namespaces: {err.filename or ''}: {strerror(err)}"
                raise SandboxFailed(text, stage="namespaces", errno=err.errno or 0) from err
            if pid == 0:
                stdio_and = (*(stdio or ()), *preserve)
                every = linux or {}
                init.join(
                    theirs, init.Joined(target, pidfd, processors, wanted, secured, stdio_and, len(preserve), every)
                )
        theirs.close()
        undo.pop_all()
        return Joining(pid, child, ours)


def _clone(target: int, pidfd: int, cgroup: int) -> tuple[int, int]:
    """As ``clone3``, the child in the pid namespace of process ``target``. Raises OSError."""
    if os.stat(namespaces.path(target, "pid")).st_ino == os.stat("/proc/self/ns/pid").st_ino:
        return process.clone3(0, cgroup_fd=cgroup)
    if os.geteuid() != 0 and through.different_namespaces(target) & namespaces.CLONE_NEWUSER:
        # Who is not root has a right to the others only in the container's user namespace, and cannot come back.
        flags = namespaces.CLONE_NEWUSER | namespaces.CLONE_NEWPID
        return through.clone(lambda: namespaces.setns(pidfd, flags, f"process {target}"), 0, cgroup, early=True)
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        namespaces.setns(pidfd, namespaces.CLONE_NEWPID, f"process {target}")
        try:
            pid, child = process.clone3(0, cgroup_fd=cgroup)
        except BaseException:
            namespaces.setns(own, namespaces.CLONE_NEWPID, "own pid namespace")
            raise
        if pid:
            namespaces.setns(own, namespaces.CLONE_NEWPID, "own pid namespace")
        return pid, child
    finally:
        os.close(own)
