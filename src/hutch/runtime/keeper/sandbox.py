"""A container made by our own runtime, as the keeper drives it; ``foreign.py`` has the same methods for others."""

from __future__ import annotations

from typing import Any, Protocol

from hutch.linux import process
from hutch.model.errors import Conflict, NotFound
from hutch.model.mount import Mount
from hutch.runtime.cgroups.cgroup import Cgroup
from hutch.runtime.keeper.loop import READ, Loop
from hutch.runtime.shape import Shape
from hutch.runtime.stages import parent
from hutch.runtime.stages.failure import SandboxFailed

Stdio = tuple[int, int, int]


class Job(Protocol):
    """Who wants a further process: told ``started`` or ``failed``, and after ``started`` that it ``ended``."""

    def started(self, pid: int, master: int) -> None:
        """It runs; ``master`` is of its terminal, or -1, and from now on the job's."""

    def failed(self, error: BaseException) -> None:
        """It could not be."""

    def ended(self, status: int) -> None:
        """It was reaped with this wait status."""


class Sandbox:
    """Wraps :mod:`hutch.runtime.stages.parent` for one container. ``pid`` is 0 before :meth:`create`."""

    def __init__(self, parked: parent.Parked | None = None) -> None:
        self._parked = parked
        self._created: parent.Created | None = None
        self._config: dict[str, Any] = {}
        self._code = b""
        self.pid = 0
        self.pidfd = -1
        self.alone = True
        """Whether the container's processes have a pid namespace of their own, so that all end with the first."""

    @property
    def cgroup(self) -> Cgroup | None:
        """The container's cgroup."""
        return self._created.cgroup if self._created else None

    def create(
        self, identity: str, config: dict[str, Any], bundle: str, spec: dict[str, Any], stdio: Stdio | None
    ) -> int:
        """Make the container up to start; the master of its terminal or -1. Raises SandboxFailed, Invalid, OSError.

        A parked sandbox of another shape is given up and a fitting one made.
        """
        shape = Shape.of(config, identity)
        parked, self._parked = self._parked, None
        if parked is not None and not parked.shape.fits(shape):
            parked.discard()
            parked = None
        self._config = config
        self._code = read_code(spec.get("seccomp"))
        rootfs = [Mount.from_oci(each) for each in spec.get("rootfs") or ()]
        state = {
            "ociVersion": "1.2.0",
            "id": identity,
            "bundle": bundle,
            "annotations": config.get("annotations") or {},
        }
        created = parent.create(parked or parent.park(shape), config, rootfs, stdio, code=self._code, state=state)
        self._created = created
        self.pid, self.pidfd = created.pid, created.pidfd
        self.alone = "pid" in shape.new
        return created.console

    def namespace(self, kind: str) -> int:
        """A descriptor of the container's namespace. Raises OSError."""
        return parent.namespace_fd(self.pid, kind)

    def start(self) -> None:
        """Start the container's process. Raises SandboxFailed."""
        if self._created is None:
            raise Conflict("container is not created")
        parent.start(self._created)

    def execute(self, loop: Loop, settings: dict[str, Any], stdio: Stdio | None, code: str | None, job: Job) -> None:
        """Start a further process and tell ``job``; the streams may be closed when this returns.

        ``settings`` is the OCI process; ``code`` the path of another seccomp program, "" for none, None for the
        container's own. Raises SandboxFailed, Conflict, OSError.
        """
        cgroup = self.cgroup
        if cgroup is not None and cgroup.is_frozen():
            raise Conflict("container is paused, unpause the container before exec")
        target = parent.Target(self.pid, cgroup.path if cgroup else "")
        program = self._code if code is None else read_code(code)
        _Start(loop, parent.join(target, self._config, settings, stdio, code=program), job)

    def signal(self, number: int, everyone: bool) -> None:
        """Send a signal to the first process or to all. Raises NotFound when it has ended."""
        cgroup = self.cgroup
        if everyone and cgroup is not None:
            cgroup.kill_all(number)
            return
        try:
            process.pidfd_send_signal(self.pidfd, number)
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
        if self.cgroup is None:
            raise Conflict("container has no cgroup")
        return self.cgroup

    def end(self) -> None:
        """Kill what is left of the container. The first process itself is reaped by the loop."""
        if self.cgroup is not None and not self.alone:
            self.cgroup.kill_all()

    def kill(self) -> None:
        """Kill the first process (before or after start); the kernel ends its pid namespace."""
        if self.pidfd >= 0:
            try:
                process.pidfd_send_signal(self.pidfd, 9)
            except ProcessLookupError:
                return

    def remove(self) -> None:
        """Kill everything and remove the cgroup. Raises System when it stays busy."""
        if self._parked is not None:
            self._parked.discard()
            self._parked = None
        if self.cgroup is not None:
            self.cgroup.kill_all()
            self.cgroup.remove()


class _Start:
    """A further process until its execve: everything is waited for in the loop."""

    def __init__(self, loop: Loop, joining: parent.Joining, job: Job) -> None:
        self._loop = loop
        self._joining: parent.Joining | None = joining
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


def read_code(path: str | None) -> bytes:
    """A compiled seccomp program from its file; empty without one. Raises OSError."""
    if not path:
        return b""
    with open(path, "rb") as file:
        return file.read()
