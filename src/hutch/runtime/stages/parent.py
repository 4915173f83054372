"""The parent of a sandbox: what the launcher, the keeper and ``hutch-runtime`` all call.

``park`` clones a child with its namespaces and leaves it waiting; ``create`` sends it a config and returns when
everything that can fail is done; ``start`` lets it become the container's process. Single-threaded callers only.
"""

from __future__ import annotations

import os
import resource

from hutch.linux import mount, namespaces, process
from hutch.model.errors import Invalid
from hutch.model.mount import Mount
from hutch.model.undo import ExitStack, suppress
from hutch.runtime import hooks, notify, plan
from hutch.runtime.cgroups.cgroup import Cgroup, open_cgroup
from hutch.runtime.cgroups.layout import Layout
from hutch.runtime.seccomp import cache
from hutch.runtime.shape import Shape
from hutch.runtime.stages import id_maps, init, through, trees
from hutch.runtime.stages.channel import Channel, Closed, pair
from hutch.runtime.stages.failure import SandboxFailed
from hutch.runtime.step import Step, StepFailed, strerror
from hutch.runtime.steps import identity
from hutch.runtime.steps.namespaces import JoinNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Config = dict[str, Any]

Streams = tuple[int, int, int]

_LATE = ("cgroup", "time")
"""Namespaces that the child makes itself, after it was attached to its cgroup."""


class Parked:
    """A child with its namespaces and cgroup, waiting for a config. Owns ``pidfd`` and ``channel``."""

    __slots__ = ("cgroup", "channel", "pid", "pidfd", "shape")

    def __init__(self, pid: int, pidfd: int, channel: Channel, shape: Shape, cgroup: Cgroup | None) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self.channel = channel
        self.shape = shape
        self.cgroup = cgroup

    def discard(self) -> None:
        """End the child, wait for it, and remove its cgroup. Raises OSError when the cgroup cannot be removed."""
        self.channel.close()
        _reap(self.pid, self.pidfd)
        if self.cgroup is not None:
            self.cgroup.remove()


class Created:
    """A container waiting for start. ``console`` is the master of its terminal, or -1. Owns all its descriptors."""

    __slots__ = ("cgroup", "channel", "console", "pid", "pidfd")

    def __init__(self, parked: Parked, console: int) -> None:
        self.pid = parked.pid
        self.pidfd = parked.pidfd
        self.channel = parked.channel
        self.cgroup = parked.cgroup
        self.console = console


def build(config: Config, rootfs: list[Mount], shape: Shape) -> list[Step]:
    """The plan: every kernel step in order, to be described or executed. Pure. Raises Invalid."""
    return plan.build(config, rootfs, shape)


def park(shape: Shape, layout: Layout | None = None) -> Parked:
    """Clone a child with the namespaces and cgroup of ``shape`` and set it to prepare itself.

    Does not wait for the preparation: an error there comes back from :func:`create`. On cgroup v2 the child starts in
    its cgroup (CLONE_INTO_CGROUP); on v1 it goes there first of all. Raises SandboxFailed, OSError, Invalid.
    """
    with ExitStack() as undo:
        cgroup = open_cgroup(shape.cgroup, layout) if shape.cgroup else None
        doors = undo.enter_context(ExitStack())
        if cgroup is not None:
            cgroup.create()
            undo.callback(cgroup.remove)
            if shape.devices:
                cgroup.apply({"devices": list(shape.devices)})
        cgroup_fd, tasks = _open_doors(cgroup, doors)
        ours, theirs = pair()
        undo.callback(ours.close)
        mapped_by_user = "user" in shape.new and os.geteuid() != 0
        pid, pidfd = _clone(shape, cgroup_fd)
        if pid == 0:
            init.run(theirs, shape, tasks, mapped_by_user=mapped_by_user)
        theirs.close()
        undo.callback(_reap, pid, pidfd)
        if "user" in shape.new:
            id_maps.write(pid, shape.uid_map, shape.gid_map)
        ours.send({"op": "prepare"})
        doors.close()
        undo.pop_all()
        return Parked(pid, pidfd, ours, shape, cgroup)


def _open_doors(cgroup: Cgroup | None, undo: ExitStack) -> tuple[int, list[int]]:
    """What a child gets into the cgroup by: the folder of the v2 one for clone3 or -1, and the files of the v1 ones."""
    if cgroup is None:
        return -1, []
    tasks = cgroup.doors()
    for fd in tasks:
        undo.callback(os.close, fd)
    if cgroup.unified() is None:
        return -1, tasks
    cgroup_fd = cgroup.fd()
    undo.callback(os.close, cgroup_fd)
    return cgroup_fd, tasks


def _clone(shape: Shape, cgroup_fd: int) -> tuple[int, int]:
    flags = 0
    for kind in shape.new:
        if kind not in _LATE:
            flags |= namespaces.FLAGS[kind]
    first = [(kind, shape.joins[kind]) for kind in ("user", "pid", "time") if kind in shape.joins]
    if not first and "time" not in shape.new:
        return process.clone3(flags, cgroup_fd=cgroup_fd)

    def join() -> None:
        for kind, path in first:
            JoinNamespace(kind, path).enter()
        if "time" in shape.new:
            namespaces.unshare(namespaces.CLONE_NEWTIME)
            if shape.offsets:
                _put_offsets(shape.offsets)

    return through.clone(join, flags, cgroup_fd, early="user" in shape.joins)


def _put_offsets(text: str) -> None:
    """The clocks of the time namespace our children will be in; only possible before the first one is."""
    with open("/proc/self/timens_offsets", "w") as file:
        file.write(text)


def _reap(pid: int, pidfd: int) -> None:
    with suppress(ProcessLookupError):
        process.pidfd_send_signal(pidfd, 9)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)
    os.close(pidfd)


def create(
    parked: Parked,
    config: Config,
    rootfs: list[Mount],
    stdio: Streams | None,
    *,
    code: bytes = b"",
    state: dict[str, object] | None = None,
    preserve: tuple[int, ...] = (),
    pivot: bool = True,
) -> Created:
    """Turn a parked child into the container of ``config``, up to the point where only start is missing.

    The master of a terminal comes back in ``Created.console``. Parameters and errors as of :func:`ask`.
    """
    ask(parked, config, rootfs, stdio, code=code, state=state, preserve=preserve, pivot=pivot)
    return created(parked, config, state or {})


def ask(
    parked: Parked,
    config: Config,
    rootfs: list[Mount],
    stdio: Streams | None,
    *,
    code: bytes = b"",
    state: dict[str, object] | None = None,
    preserve: tuple[int, ...] = (),
    pivot: bool = True,
) -> None:
    """Tell a parked child to become the container of ``config``, and limit it while it works.

    ``rootfs``: mounts that make "/"; empty takes ``root.path``. ``stdio``: three descriptors, or None with a
    terminal. ``code``: the compiled seccomp filter, else it is compiled here. ``state``: what hooks get. On failure
    the child is gone and its cgroup removed. Raises SandboxFailed, Invalid, OSError.
    """
    with ExitStack() as undo:
        undo.callback(parked.discard)
        plan.validate(config, parked.shape, through.own_namespaces(parked.shape.joins))
        plan.check_preserved(preserve)
        first, then = limits(config)
        if first.get("devices") == list(parked.shape.devices):  # in force since it was parked
            first = {name: value for name, value in first.items() if name != "devices"}
        if parked.cgroup is not None and first:
            parked.cgroup.apply(first)
        _move_devices(parked, config)
        if "user" in parked.shape.new:
            _limits_from_outside(parked.pid, config.get("process") or {})
        message: dict[str, object] = {
            "op": "create",
            "config": _without_filter(config),
            "rootfs": [each.to_oci() for each in rootfs],
            "state": {**(state or {}), "pid": parked.pid, "status": "creating"},
            "preserve": len(preserve),
            "pivot": pivot,
        }
        ready = _trees(parked.shape, config, rootfs)
        try:
            message["trees"] = list(ready)
            fds = (*(stdio or ()), *preserve, *ready.values())
            _send(parked, message, fds, code or _compile(config))
        finally:
            trees.close(ready)
        if parked.cgroup is not None and then:
            parked.cgroup.apply(then)
        undo.pop_all()


def created(parked: Parked, config: Config, state: dict[str, object]) -> Created:
    """Wait until a child that was asked is created. On failure it is gone and its cgroup removed.

    Raises SandboxFailed.
    """
    with ExitStack() as undo:
        undo.callback(parked.discard)
        console = _await_created(parked, config, state)
        undo.pop_all()
        return Created(parked, console)


def limits(config: Config) -> tuple[Config, Config]:
    """``linux.resources`` in two parts: what is put in force before the child makes the container, and the rest. Pure.

    Device rules come first, because they begin with a rule that denies all, also to make the container's nodes; and
    programs of the config's own (hooks) find everything in force.
    """
    resources = (config.get("linux") or {}).get("resources") or {}
    if config.get("hooks"):
        return resources, {}
    devices = resources.get("devices")
    then = {name: value for name, value in resources.items() if name != "devices"}
    return {"devices": devices} if devices else {}, then


def _move_devices(parked: Parked, config: Config) -> None:
    """Give the container the host's network interfaces that it is to have. Raises SandboxFailed, Invalid."""
    devices = (config.get("linux") or {}).get("netDevices")
    if not devices:
        return
    from hutch.runtime import net_devices

    path = parked.shape.joins.get("network") or namespaces.path(parked.pid, "network")
    try:
        netns = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            net_devices.move(devices, netns)
        finally:
            os.close(netns)
    except OSError as err:
        text = f"unable to move network device {err.filename}: {strerror(err)}"
        raise SandboxFailed(text, stage="network", errno=err.errno or 0) from err


def _without_filter(config: Config) -> Config:
    """The config without the hundreds of names of the seccomp filter, which goes compiled."""
    linux = config.get("linux") or {}
    seccomp = linux.get("seccomp")
    if not seccomp:
        return config
    rest = {name: value for name, value in seccomp.items() if name != "syscalls"}
    if notify.uses(seccomp):
        rest["notify"] = True
    return {**config, "linux": {**linux, "seccomp": rest or {"flags": []}}}


def _trees(shape: Shape, config: Config, rootfs: list[Mount]) -> dict[str, int]:
    """Detached mounts that only we can make: see :mod:`trees`. Raises SandboxFailed, Invalid."""
    # Who is not root may mount nothing out here; the child can, and reaches the same files as we do.
    mapped = ("user" in shape.new or "user" in shape.joins) and os.geteuid() == 0
    outside = any(trees.from_outside(each.kind, each.options) for each in rootfs)
    if not mapped and not outside and not any(_at_host(each) for each in config.get("mounts") or ()):
        return {}
    try:
        return trees.make(plan.build(config, rootfs, shape), mapped)
    except StepFailed as err:
        raise SandboxFailed(err.message, stage="mount", errno=err.errno) from err


def _at_host(value: Config) -> bool:
    options = value.get("options") or ()
    if value.get("uidMappings") or not {"idmap", "ridmap"}.isdisjoint(options):
        return True
    return trees.whole(str(value.get("source") or ""), options)


def _compile(config: Config) -> bytes:
    """The seccomp filter for a caller that has not compiled it."""
    seccomp = (config.get("linux") or {}).get("seccomp")
    return cache.load(seccomp, None)[0] if seccomp else b""


def _send(parked: Parked, message: dict[str, object], fds: tuple[int, ...], code: bytes) -> None:
    try:
        parked.channel.send(message, fds, code)
    except Closed:
        # The child has failed while preparing; what it said about it is waiting in the socket.
        return


def _limits_from_outside(pid: int, process_config: Config) -> None:
    """In a user namespace nobody may raise a limit or lower oom_score_adj: done from here (prlimit(2))."""
    for limit in process_config.get("rlimits") or ():
        number = identity.number_of(str(limit["type"]))
        if number is None:
            raise Invalid(f"invalid rlimit type: {limit['type']}")
        resource.prlimit(pid, number, (_rlim(int(limit["soft"])), _rlim(int(limit["hard"]))))
    if (value := process_config.get("oomScoreAdj")) is not None:
        with open(f"/proc/{pid}/oom_score_adj", "w") as file:
            file.write(str(int(value)))


def _rlim(value: int) -> int:
    return resource.RLIM_INFINITY if value < 0 or value >= 2**63 else value


def _await_created(parked: Parked, config: Config, state: dict[str, object]) -> int:
    """Answer the child until it is created; the terminal's master or -1. Raises SandboxFailed."""
    while True:
        try:
            message, fds = notify.listen(parked.channel, lambda number: _heard(parked, number, config, state))
        except Closed:
            raise SandboxFailed("the container's init ended while it was created", stage="init") from None
        event = message.get("event")
        if event == "failed":
            raise _inside(message)
        if event == "createRuntime":
            _runtime_hooks(config, {**state, "pid": parked.pid, "status": "creating"})
            parked.channel.send({"op": "continue"})
        elif event == "created":
            return fds[0] if fds else -1


def _heard(parked: Parked, number: int, config: Config, state: dict[str, object]) -> None:
    seccomp = config["linux"]["seccomp"]
    notify.deliver(parked.pidfd, number, seccomp, parked.pid, {**state, "pid": parked.pid, "status": "creating"})


def _runtime_hooks(config: Config, state: dict[str, object]) -> None:
    entries = config.get("hooks") or {}
    try:
        for kind in ("prestart", "createRuntime"):
            hooks.run_all(kind, entries.get(kind) or [], state)
    except StepFailed as err:
        failure = SandboxFailed(err.message, stage="hooks", errno=err.errno)
        failure.inside = True
        raise failure from err


def start(channel: Channel, heard: notify.Heard | None = None) -> None:
    """Let the container's process start over ``channel`` of its :class:`Created`, which is closed.

    Returns once its execve is done. ``heard`` takes the number of its seccomp listener. Raises SandboxFailed.
    """
    try:
        channel.send({"op": "start"})
        message, _ = notify.listen(channel, heard)
    except Closed:
        return
    finally:
        channel.close()
    raise _inside(message)


def _inside(message: dict[str, object]) -> SandboxFailed:
    """What the container's own first process said that it failed by."""
    failure = SandboxFailed.of(message)
    failure.inside = True
    return failure


def begin(channel: Channel) -> None:
    """Tell a child that was asked that it need not wait once it is created: for configs without hooks.

    What comes of it is known by :func:`follow`.
    """
    with suppress(Closed):  # it failed: what it said is waiting in the socket
        channel.send({"op": "start"})


def follow(channel: Channel, made: Callable[[], None]) -> None:
    """Wait for the execve of a child that was told to :func:`begin`; the channel is closed then.

    ``made()`` is called when the container is created. Raises SandboxFailed.
    """
    try:
        message = _next(channel)
        if message is None:
            raise SandboxFailed("the container's init ended while it was created", stage="init")
        if message.get("event") == "created":
            made()
            message = _next(channel)
    finally:
        channel.close()
    if message is not None:
        raise _inside(message)


def _next(channel: Channel) -> dict[str, object] | None:
    try:
        return channel.receive()[0]
    except Closed:
        return None


def discard(created: Created) -> None:
    """End a container that was not started, and remove its cgroup. Raises OSError, System."""
    created.channel.close()
    _reap(created.pid, created.pidfd)
    if created.cgroup is not None:
        created.cgroup.remove()


def namespace_fd(pid: int, kind: str) -> int:
    """A descriptor of a namespace of the child, for the network to move interfaces into. Raises OSError."""
    fd = os.open(namespaces.path(pid, kind), os.O_RDONLY | os.O_CLOEXEC)
    if mount.filesystem_magic(fd) != mount.NSFS_MAGIC:
        os.close(fd)
        raise OSError(22, "not a namespace", namespaces.path(pid, kind))
    return fd
