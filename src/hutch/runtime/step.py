"""Plan, describe, execute: what a step is, and the little that steps of one sandbox share.

A plan is a list of steps in the order in which the kernel sees them. ``hutch run --plan`` prints it; the init process
of the container executes it. Steps hold plain values, so that plans can be compared in tests.
"""

from __future__ import annotations

import fcntl
import os

from hutch.linux import mount, paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HIGHEST_PRESERVED = 255
"""The highest descriptor number a process may be given beside its standard streams."""


class StepFailed(Exception):
    """A step did not work: what the parent is told over the channel.

    ``exit_code`` is Docker's: 126 not executable, 127 not found, 125 everything else.
    """

    def __init__(self, message: str, errno: int = 0, exit_code: int = 125) -> None:
        super().__init__(message)
        self.message = message
        self.errno = errno
        self.exit_code = exit_code


class Inside:
    """The init process's own state while it executes the plan.

    ``root``: the container's root as a descriptor, once mounted. ``prepared``: mounts made while parked, by key;
    ``ahead``: the root they were made in. ``console``: (master, slave) of the terminal. ``procfs``: a detached procfs
    of our pid namespace, which no path of the image can cover. ``empty`` and ``null``: what masked paths are covered
    with. ``cgroups``: the text of /proc/self/cgroup from before the cgroup namespace was made. ``preserved``:
    descriptors for the process from 3 on. ``report`` sends an event to the parent, ``wait`` blocks for its next
    message; ``listen`` hands over the listener of the seccomp filter.
    """

    __slots__ = (
        "ahead",
        "cgroups",
        "console",
        "empty",
        "executable",
        "filter",
        "home",
        "listen",
        "null",
        "prepared",
        "preserved",
        "procfs",
        "report",
        "root",
        "stdio",
        "wait",
    )

    def __init__(
        self,
        report: Callable[..., None],
        wait: Callable[[], dict[str, object]],
        listen: Callable[[int], None] = lambda _fd: None,
    ) -> None:
        self.report = report
        self.wait = wait
        self.listen = listen
        self.root = paths.Root(-1)
        self.prepared: dict[str, int] = {}
        self.console: tuple[int, int] | None = None
        self.procfs = self.empty = self.null = self.ahead = -1
        self.filter = b""
        self.cgroups = ""
        self.stdio: list[int] = []
        self.preserved: list[int] = []
        self.executable = b""
        self.home = ""


class Step:
    """One thing done to the kernel.

    ``stage`` is the word used in errors, ``reference`` the manual page or section of the specification that the step
    follows. Two steps are equal when they do the same.
    """

    __slots__ = ()
    stage = "init"
    reference = ""

    def describe(self) -> str:
        """What the step does, in one line."""
        raise NotImplementedError

    def execute(self, inside: Inside) -> None:
        """Do it. Raises OSError or StepFailed."""
        raise NotImplementedError

    def values(self) -> tuple[object, ...]:
        """The step's values, in the order of its slots."""
        names: tuple[str, ...] = self.__slots__
        return tuple(getattr(self, name) for name in names)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return False
        names: tuple[str, ...] = self.__slots__  # values() of both would take longer, and somebody waits meanwhile
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __hash__(self) -> int:
        return hash((type(self).__name__, repr(self.values())))

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.values()!r}"


def out_of_the_way(fd: int, preserved: int) -> int:
    """A copy of ``fd``, close-on-exec, that is none of the numbers from 3 on that ``preserved`` descriptors will get.

    Above all of them, unless the container's own limit of open files forbids that by now. Raises OSError.
    """
    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, HIGHEST_PRESERVED + 1)
    except OSError as err:
        if err.errno != 22:
            raise
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3 + preserved)


def own_procfs(inside: Inside) -> int:
    """The detached procfs, made at first use."""
    if inside.procfs < 0:
        inside.procfs = mount.new_mount("proc", "proc", (), mount.MOUNT_ATTR_NOSUID | mount.MOUNT_ATTR_NOEXEC)
    return inside.procfs


def strerror(err: OSError) -> str:
    """An OSError's text as the runtimes write it: lower case."""
    text = err.strerror or os.strerror(err.errno or 0)
    return text[:1].lower() + text[1:]
