"""A container made by our own runtime, as the keeper drives it; ``foreign.py`` has the same methods for others."""

from __future__ import annotations

import _socket
import os
from collections.abc import Callable

from hutch.linux import signals
from hutch.linux.files import read_bounded
from hutch.model import json_text
from hutch.model.errors import Conflict, NotFound
from hutch.runtime.cgroups.cgroup import Cgroup, open_cgroup
from hutch.runtime.cgroups.entry import Entry
from hutch.runtime.keeper.loop import READ, Loop
from hutch.runtime.seccomp import cache
from hutch.runtime.stages import joining, parent
from hutch.runtime.stages.channel import Channel
from hutch.runtime.stages.failure import SandboxFailed
from hutch.runtime.stages.joining import Joining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Job(Protocol):
        """Who wants a further process: told ``started`` or ``failed``, and after ``started`` that it ``ended``."""

        def started(self, pid: int, master: int) -> None:
            """It runs; ``master`` is of its terminal, or -1, and from now on the job's."""

        def failed(self, error: BaseException) -> None:
            """It could not be."""

        def ended(self, status: int) -> None:
            """It was reaped with this wait status."""


Stdio = tuple[int, int, int]
_LONGEST_CONFIG = 64 << 20
_LONGEST_CODE = 1 << 20


class Sandbox:
    """A container that a maker made: ``made`` and the descriptors are what it sends (``maker.py``).

    ``mounts`` is the container's mount namespace. While somebody holds it, the end of the container's last process
    does not wait until the kernel has taken all its mounts apart, and so is known ten times as early.
    """

    def __init__(self, made: dict[str, Any], pidfd: int, init: int, mounts: int = -1) -> None:
        self._mounts = mounts
        self._channel: Channel | None = Channel(_socket.socket(fileno=init))
        self._bundle = str(made["bundle"])
        self._cgroup = str(made["cgroup"])
        self._entry = Entry.from_json(made["entry"])
        self._seccomp: dict[str, Any] | None = made["seccomp"]
        self._code: str | None = made["keeper"].get("seccomp")
        self.pid: int = made["pid"]
        self.pidfd = pidfd
        self.alone = bool(made["alone"])
        """Whether the container's processes have a pid namespace of their own, so that all end with the first."""

    @property
    def cgroup(self) -> Cgroup | None:
        """The container's cgroup, looked up anew: what is known about cgroups takes memory."""
        return open_cgroup(self._cgroup) if self._cgroup else None

    def start(self) -> None:
        """Start the container's process. Raises SandboxFailed."""
        channel, self._channel = self._channel, None
        if channel is None:
            raise Conflict("container is started already")
        parent.start(channel)

    def follow(self, made: Callable[[], None]) -> None:
        """Wait until a container that starts by itself does; ``made()`` when it is created. Raises SandboxFailed."""
        channel, self._channel = self._channel, None
        if channel is None:
            raise Conflict("container is started already")
        parent.follow(channel, made)

    def execute(self, loop: Loop, settings: dict[str, Any], stdio: Stdio | None, code: str | None, job: Job) -> None:
        """Start a further process and tell ``job``; the streams may be closed when this returns.

        ``settings`` is the OCI process; ``code`` the path of another seccomp program, "" for none, None for the
        container's own. Raises SandboxFailed, Conflict, OSError.
        """
        if self._entry.is_frozen():
            raise Conflict("container is paused, unpause the container before exec")
        target = joining.Target(self.pid, self._entry)
        _Start(loop, joining.join(target, settings, stdio, lambda: self._filter(code)), job)

    def _filter(self, code: str | None) -> tuple[dict[str, Any] | None, bytes]:
        """``linux.seccomp`` of the config without its system calls, and the compiled program for it."""
        if code == "" or (code is None and not self._seccomp):
            return None, b""
        if program := read_code(code or self._code):
            return self._seccomp or {"flags": []}, program
        seccomp = read_config(self._bundle)["linux"]["seccomp"]
        return seccomp, cache.load(seccomp, None)[0]

    def signal(self, number: int, everyone: bool) -> None:
        """Send a signal to the first process or to all. Raises NotFound when it has ended."""
        if everyone and (cgroup := self.cgroup) is not None:
            cgroup.kill_all(number)
            return
        try:
            signals.send(self.pidfd, number)
        except ProcessLookupError:
            raise NotFound("the container's process has ended") from None

    def pause(self) -> None:
        """Freeze all processes. Raises System, Conflict."""
        self._own_cgroup().freeze()

    def resume(self) -> None:
        """Let all processes go on. Raises System, Conflict."""
        self._own_cgroup().thaw()

    def update(self, resources: dict[str, Any]) -> None:
        """Put other limits in force. Raises Invalid, Unsupported, System."""
        self._own_cgroup().apply(resources)

    def _own_cgroup(self) -> Cgroup:
        cgroup = self.cgroup
        if cgroup is None:
            raise Conflict("container has no cgroup")
        return cgroup

    def end(self) -> None:
        """Kill what is left of the container. The first process itself is reaped by the loop."""
        if not self.alone and (cgroup := self.cgroup) is not None:  # looking it up is not for nothing
            cgroup.kill_all()

    def kill(self) -> None:
        """Kill the first process (before or after start); the kernel ends its pid namespace."""
        if self.pidfd >= 0:
            try:
                signals.send(self.pidfd, 9)
            except ProcessLookupError:
                return

    def remove(self) -> None:
        """Kill everything, let go of the container and remove the cgroup. Raises System when it stays busy."""
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()
        if self._mounts >= 0:
            os.close(self._mounts)
            self._mounts = -1
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1
        cgroup = self.cgroup
        if cgroup is not None:
            cgroup.kill_all()
            cgroup.remove()


class _Start:
    """A further process until its execve: everything is waited for in the loop."""

    def __init__(self, loop: Loop, joining: Joining, job: Job) -> None:
        self._loop = loop
        self._joining: Joining | None = joining
        self._job = job
        self._failed = False
        loop.watch(joining.channel.fileno(), READ, lambda _events: self._speaks())
        loop.child(joining.pid, self._ended)

    def _speaks(self) -> None:
        joining = self._joining
        if joining is None:
            return
        error: BaseException | None = None
        try:
            if not joining.step():
                return
        except (SandboxFailed, OSError, ValueError) as caught:
            error = caught
        self._joining = None
        self._loop.forget(joining.channel.fileno())
        if error is None:
            master, joining.console = joining.console, -1
            self._job.started(joining.pid, master)
        else:
            self._failed = True
            self._job.failed(error)
        joining.close()

    def _ended(self, status: int) -> None:
        while self._joining is not None:  # its last words are in the channel, whose other end is closed
            self._speaks()
        if not self._failed:
            self._job.ended(status)


def read_config(bundle: str) -> dict[str, Any]:
    """The OCI config of a bundle. Raises OSError, Invalid."""
    config: dict[str, Any] = json_text.decode(read_bounded(f"{bundle}/config.json", _LONGEST_CONFIG).decode())
    return config


def read_code(path: str | None) -> bytes:
    """A compiled seccomp program from its file; empty without one. Raises OSError."""
    if not path:
        return b""
    return read_bounded(path, _LONGEST_CODE)
