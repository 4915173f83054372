"""In the cloned child: prepares what the shape fixes, waits for the config, executes the plan, becomes the process.

Runs with the modules its parent had loaded and imports nothing: after the root has changed, an import would run the
container's files. Never returns, and lets no exception pass.
"""

from __future__ import annotations

import _socket
import gc
import os

from hutch.linux import libc, namespaces, paths, process
from hutch.model.errors import HutchError
from hutch.model.mount import Mount
from hutch.runtime import plan
from hutch.runtime.cgroups import cgroup
from hutch.runtime.shape import Shape
from hutch.runtime.stages import ahead, through
from hutch.runtime.stages.channel import Channel, Closed
from hutch.runtime.step import Inside, Step, StepFailed, out_of_the_way, strerror

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from hutch.runtime.stages.joining import Target


class Link:
    """The child's side of the conversation; after ``detach`` it goes on over a socket that `start` connects to."""

    __slots__ = ("channel", "preserved")

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.preserved = 0

    def report(self, message: dict[str, object], fds: tuple[int, ...] = ()) -> None:
        """Send an event."""
        self.channel.send(message, fds)

    def listen(self, fd: int) -> None:
        """Have the parent take our descriptor ``fd``; with write(2) and read(2) alone, as a filter is in force."""
        sock = self.channel.fileno()
        os.write(sock, b'{"event":"listener","fd":%d}' % fd)
        if not os.read(sock, 4096):
            raise Closed

    def wait(self) -> dict[str, object]:
        """The parent's next message. Raises Closed when the parent is gone."""
        message, fds, _ = self.channel.receive()
        if message.get("op") != "detach":
            return message
        listener = _socket.socket(fileno=fds[0])
        self.channel.send({"event": "detached"})
        self.channel.close()
        fd = libc.check(libc.held.accept4(listener.fileno(), None, None, _socket.SOCK_CLOEXEC), "accept")
        fd = high(fd, self.preserved)
        listener.close()
        self.channel = Channel(_socket.socket(fileno=fd))
        return self.wait()


def run(channel: Channel, shape: Shape, doors: list[int], *, mapped_by_user: bool = False) -> NoReturn:
    """The life of a container's init up to execve. ``doors`` lead to its v1 cgroups.

    ``mapped_by_user``: who writes our id maps is not root and can only do so while we are dumpable.
    """
    go_into(channel, doors)
    link, inside = enter(channel, dumpable=mapped_by_user)
    stage = "init"
    try:
        link.wait()
        process.set_dumpable(False)
        prepared = plan.prepare(shape)
        for step in prepared:
            stage = step.stage
            step.execute(inside)
        stage = "park"
        done = ahead.make(inside, shape) if shape.ordinary else []
        stage = "create"
        message: Any
        message, inside.stdio, inside.filter = link.channel.receive()
        for key in reversed(message["trees"]):
            inside.prepared[key] = inside.stdio.pop()
        take_preserved(inside, message["preserve"])
        link.preserved = message["preserve"]
        steps, useless = ahead.rest(create_steps(message, shape)[len(prepared) :], done)
        ahead.leave(inside, useless)
        for step in steps:
            stage = step.stage
            step.execute(inside)
    except BaseException as err:
        fail(link, stage, err)
    os._exit(1)


def take_preserved(inside: Inside, count: int) -> None:
    """The last ``count`` of the descriptors that came are for the process itself."""
    inside.preserved = inside.stdio[len(inside.stdio) - count :]
    del inside.stdio[len(inside.stdio) - count :]


def create_steps(message: Any, shape: Shape) -> list[Step]:
    """The whole plan from a ``create`` message."""
    shape.state = message["state"]
    shape.preserve = message["preserve"]
    shape.pivot = message["pivot"]
    return plan.build(message["config"], [Mount.from_oci(m) for m in message["rootfs"]], shape)


def go_into(channel: Channel, doors: list[int]) -> None:
    """Go into the cgroups behind ``doors``; their descriptors are closed later, with all others of the parent's."""
    try:
        cgroup.enter(doors)
    except OSError as err:
        fail(Link(channel), "cgroup", err)


class Joined:
    """What the child of :func:`~.joining.join` is to become, and where; ``fds`` are its streams (or none, with a
    terminal) and ``preserve`` further ones. ``linux``: what else the container's config says of each process."""

    __slots__ = ("fds", "linux", "pidfd", "preserve", "processors", "secured", "target", "wanted")

    def __init__(
        self,
        target: Target,
        pidfd: int,
        processors: list[int],
        wanted: dict[str, Any],
        secured: Callable[[], tuple[dict[str, Any] | None, bytes]],
        fds: tuple[int, ...],
        preserve: int,
        linux: dict[str, Any],
    ) -> None:
        self.linux = linux
        self.target = target
        self.pidfd = pidfd
        self.processors = processors
        self.wanted = wanted
        self.secured = secured
        self.fds = fds
        self.preserve = preserve


def join(channel: Channel, joined: Joined) -> NoReturn:
    """The life of a further process of a running container up to execve; it is in its pid namespace already."""
    stage = "cgroup"
    link = Link(channel)
    try:
        process.set_dumpable(False)
        if joined.processors:
            os.sched_setaffinity(0, joined.processors)
        joined.target.entry.enter()
        stage = "exec"
        seccomp, code = joined.secured()
        stage = "namespaces"
        _join_namespaces(joined.target.pid, joined.pidfd)
        link, inside = enter(channel, joined.fds)
        stage = "exec"
        inside.filter = code
        take_preserved(inside, joined.preserve)
        inside.root = paths.Root(os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
        linux = {**joined.linux, "seccomp": seccomp} if seccomp else joined.linux
        for step in plan.join_steps({"linux": linux}, joined.wanted, joined.preserve):
            stage = step.stage
            step.execute(inside)
            if stage == "terminal" and inside.console:
                inside.report({"event": "console"}, (inside.console[0],))
    except BaseException as err:
        fail(link, stage, err)
    os._exit(1)


def _join_namespaces(target: int, pidfd: int) -> None:
    """Into those of process ``target`` that are not ours yet, and its root."""
    # The pid namespace is behind us; /proc/self is ours by the host's numbers all the same.
    flags = through.different_namespaces(target) & ~namespaces.CLONE_NEWPID
    # With nsdelegate, nobody inside a cgroup namespace may bring a process in from outside: joined last.
    late = flags & namespaces.CLONE_NEWCGROUP
    root = os.open(f"/proc/{target}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    if flags & ~late:
        namespaces.setns(pidfd, flags & ~late, f"process {target}")
    if flags & namespaces.CLONE_NEWUSER:
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
    os.fchdir(root)
    os.chroot(".")
    os.chdir("/")
    if late:
        namespaces.setns(pidfd, late, "cgroup namespace")


def enter(channel: Channel, fds: tuple[int, ...] = (), *, dumpable: bool = False) -> tuple[Link, Inside]:
    """First thing in the child: let go of everything of the parent's but ``fds``, and be closed to others.

    Descriptors of other containers are open in the launcher. A collected object of the parent's would close a number
    that means something else here, so nothing is collected any more.
    """
    gc.disable()
    process.set_dumpable(dumpable)
    stdio = [out_of_the_way(fd, len(fds)) for fd in fds]
    keep = high(channel.sock.detach(), len(fds))
    last = 2
    for fd in (*sorted((*stdio, keep)), 1 << 31):
        if fd > last + 1:
            process.close_from(last + 1, fd - 1)
        last = fd
    link = Link(Channel(_socket.socket(fileno=keep)))
    inside = Inside(link.report, link.wait, link.listen)
    inside.stdio = stdio
    return link, inside


def high(fd: int, preserved: int = 0) -> int:
    """``fd`` moved out of the way of those that the process is to keep from 3 on (``--preserve-fds``)."""
    moved = out_of_the_way(fd, preserved)
    os.close(fd)
    return moved


def fail(link: Link, stage: str, err: BaseException) -> NoReturn:
    """Report an error and end."""
    if isinstance(err, Closed):
        os._exit(1)
    message: dict[str, object] = {"event": "failed", "stage": stage, "errno": 0, "exit_code": 125}
    if isinstance(err, StepFailed):
        message.update(message=err.message, errno=err.errno, exit_code=err.exit_code)
    elif isinstance(err, OSError):
        about = f"{err.filename}: " if err.filename else ""
        message.update(message=f"{stage}: {about}{strerror(err)}", errno=err.errno or 0)
    elif isinstance(err, HutchError):
        message.update(message=str(err))
    else:
        message.update(message=f"{stage}: {type(err).__name__}: {err}")
    try:
        link.report(message)
    except (OSError, Closed):
        os._exit(1)
    os._exit(1)
