"""Makes a container of our own for a keeper, in a child of the keeper that ends as soon as the container waits.

To read a config, plan a container and talk with its init touches megabytes of objects, and a page once written is
the process's own for good. The keeper lives as long as its container and there may be hundreds: so it lets a child do
that and takes over the descriptors and a few words. The init becomes the keeper's child when the maker ends, because
the keeper is a subreaper.
"""

from __future__ import annotations

import _socket
import os
import select

from hutch.linux import process
from hutch.model import json_text
from hutch.model.mount import Mount
from hutch.model.undo import ExitStack, suppress
from hutch.runtime import standard
from hutch.runtime.cgroups.cgroup import Cgroup
from hutch.runtime.cgroups.entry import Entry
from hutch.runtime.keeper import control, state
from hutch.runtime.keeper.exec import failure
from hutch.runtime.keeper.log import check_log
from hutch.runtime.keeper.sandbox import read_code, read_config
from hutch.runtime.keeper.stdio import Pipes
from hutch.runtime.shape import Shape
from hutch.runtime.stages import parent
from hutch.runtime.stages.channel import Channel, Closed, pair
from hutch.runtime.stages.failure import SandboxFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    Message = dict[str, Any]


def make(daemon: Channel, keeper: Channel, parked: tuple[str, str] | None) -> NoReturn:
    """The whole process. ``daemon`` is the keeper's control socket, which the keeper does not read meanwhile.

    ``parked`` is (id, cgroup) of a standard sandbox to prepare before the request comes. Tells ``keeper`` one of
    ``made`` (see :func:`_take_over`), ``foreign`` with the request for another runtime, or ``failed``, of which the
    daemon has been told.
    """
    code = 1
    try:
        process.die_with_parent()  # else nobody would see that a parked keeper was killed
        sandbox = parent.park(Shape.standard(*parked)) if parked else None
        if sandbox is not None:
            try:
                daemon.send({"event": "parked"})
            except Closed:
                sandbox.discard()  # the launcher ended meanwhile: nobody will ask for it
                raise
            if not asked(daemon):
                rehearse()
            if ended(sandbox, daemon):
                sandbox.discard()
                sandbox = None
                if not asked(daemon):
                    raise Closed("the parked sandbox has ended")  # the launcher sees it, and parks another
        _serve(daemon, keeper, sandbox)
        code = 0
    except Closed:
        code = 0
    finally:
        os._exit(code)


def asked(daemon: Channel) -> bool:
    """Whether a request waits already, or the end: nothing is read."""
    try:
        daemon.sock.recv(1, _socket.MSG_PEEK | _socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    return True


def ended(sandbox: parent.Parked, daemon: Channel) -> bool:
    """Wait until the daemon says something; whether the init of the sandbox has ended before."""
    poll = select.poll()
    for fd in (sandbox.pidfd, daemon.fileno()):
        poll.register(fd, select.POLLIN)
    return any(fd == sandbox.pidfd for fd, _ in poll.poll())


def rehearse() -> None:
    """Ask nobody for an ordinary container, so that no page is written for the first time when somebody waits.

    Each of the pages that we still share with the template is copied then: a third of the time that asking takes.
    """
    ours, theirs = pair()
    config = json_text.decode(json_text.encode(standard.CONFIG))
    nobody = parent.Parked(-1, -1, ours, Shape.of(config), None)
    pipes = Pipes(stdin=False)
    told = _told({"id": "", "bundle": ""}, config)
    parent.ask(nobody, config, [Mount("overlay", "overlay")], pipes.theirs, code=b"\0", state=told)
    for fd in theirs.receive()[1]:
        os.close(fd)
    pipes.close_theirs()
    pipes.close_ours()
    ours.close()
    theirs.close()


def _serve(daemon: Channel, keeper: Channel, sandbox: parent.Parked | None) -> None:
    try:
        received, fds, _ = daemon.receive()
    except Closed:
        if sandbox is not None:
            sandbox.discard()
        return
    request: Message = received
    if request["keeper"].get("runtime"):
        if sandbox is not None:
            sandbox.discard()
        keeper.send({"kind": "foreign", "request": request}, tuple(fds))
        return
    try:
        _create(daemon, keeper, sandbox, request, fds)
    except BaseException as error:
        daemon.send({"event": "failed", **failure(error)})
        keeper.send({"kind": "failed"})


def _create(
    daemon: Channel, keeper: Channel, sandbox: parent.Parked | None, request: Message, streams: list[int]
) -> None:
    """The container up to its start; undone on failure. Raises SandboxFailed, Invalid, OSError."""
    spec, bundle = request["keeper"], request["bundle"]
    with ExitStack() as undo:
        if sandbox is not None:
            undo.callback(sandbox.discard)
        config = read_config(bundle)
        pipes = None if spec.get("terminal") else Pipes(stdin=bool(spec.get("stdin")))
        code = read_code(spec.get("seccomp"))
        shape = Shape.of(config, request["id"])
        undo.pop_all()
        parked = fitting(sandbox, shape)
        rootfs = [Mount.from_oci(each) for each in spec.get("rootfs") or ()]
        told = _told(request, config)
        # First of all the init is put to work: everything else is done while it makes the container.
        parent.ask(parked, config, rootfs, pipes.theirs if pipes else None, code=code, state=told)
        child = undo.enter_context(ExitStack())
        child.callback(parked.discard)
        undo.callback(_forget, spec)
        check_log(spec.get("log"))  # so that a log that cannot be written is told before anything starts
        listener = control.listen(spec["socket"])
        cgroup = parked.cgroup.path if parked.cgroup else ""
        state.write_running(request["keeper"]["state"], request["id"], os.getppid(), parked.pid, cgroup)
        message, fds = _take_over(request, config, parked, shape)
        fds.append(listener.fileno())
        if pipes is not None:
            fds += [fd for fd in (pipes.stdout, pipes.stderr, pipes.stdin) if fd >= 0]
        if spec.get("start") and pipes is not None and not config.get("hooks"):
            parent.begin(parked.channel)
            message["begun"] = True
        else:
            netns = _network_of(parked.pid)
            fds += _await(parked, config, told, child)
            if netns < 0:
                raise SandboxFailed("the container's init ended while it was created", stage="init")
            daemon.send({"event": "created", "pid": parked.pid}, (netns,))
        keeper.send(message, (*fds, *streams))
        undo.pop_all()


def _await(parked: parent.Parked, config: Message, told: Message, child: ExitStack) -> list[int]:
    """Wait until it is created; the master of its terminal if it has one. Raises SandboxFailed."""
    child.pop_all()
    created = parent.created(parked, config, told)
    child.callback(parent.discard, created)
    return [created.console] if created.console >= 0 else []


def fitting(parked: parent.Parked | None, shape: Shape) -> parent.Parked:
    """The parked sandbox if it has this shape, else it is given up for a new one. Raises as ``parent.park``."""
    if parked is not None and parked.shape.fits(shape):
        return parked
    if parked is not None:
        parked.discard()
    return parent.park(shape)


def _told(request: Message, config: Message) -> Message:
    """What hooks are told of the container (runtime-spec, runtime.md, State)."""
    return {
        "ociVersion": "1.2.0", "id": request["id"], "bundle": request["bundle"],
        "annotations": config.get("annotations") or {},
    }  # fmt: skip


def _forget(spec: Message) -> None:
    for path in (spec["socket"], spec["state"]):
        with suppress(FileNotFoundError):
            os.unlink(path)


def _take_over(request: Message, config: Message, created: parent.Parked, shape: Shape) -> tuple[Message, list[int]]:
    """The ``made`` message, and its first descriptors: pidfd, init's channel, mount namespace, and with ``oom`` the
    two of the watch.

    After them come the listening socket, the ends of the streams (or the terminal's master), and the client's
    connection if the request had one. With ``begun`` the container is still being made and starts by itself: the
    keeper makes itself ready meanwhile and hears from the init what comes of it.
    """
    spec = request["keeper"]
    seccomp = (config.get("linux") or {}).get("seccomp")
    needed = ("log", "socket", "state", "exit", "terminal", "stdin", "stdin_once", "seccomp", "start", "attach")
    message = {
        "kind": "made",
        "id": request["id"],
        "bundle": request["bundle"],
        "keeper": {name: spec[name] for name in needed if name in spec},
        "pid": created.pid,
        "alone": "pid" in shape.new,
        "cgroup": created.cgroup.path if created.cgroup else "",
        "entry": Entry.of(created.cgroup).to_json(),
        "seccomp": {name: value for name, value in seccomp.items() if name != "syscalls"} if seccomp else None,
        "oom": None,
    }
    fds = [created.pidfd, created.channel.fileno(), _mounts_of(created.pid)]
    if created.cgroup is not None and created.cgroup.folder("memory") is not None:
        message["oom"] = _oom_place(created.cgroup)
        watch = created.cgroup.watch_oom()
        fds += watch.fds()
    return message, fds


def _network_of(pid: int) -> int:
    """A descriptor of the init's network namespace; -1 if it has ended already, of which it has told why."""
    try:
        return parent.namespace_fd(pid, "network")
    except FileNotFoundError:
        return -1


def _mounts_of(pid: int) -> int:
    """A descriptor of the init's mount namespace; of nothing if it has ended already, which it tells by itself."""
    try:
        return parent.namespace_fd(pid, "mount")
    except FileNotFoundError:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)


def _oom_place(cgroup: Cgroup) -> list[Any]:
    """[folder, version, kills until now] of the memory controller."""
    return [cgroup.folder("memory"), cgroup.layout.version_of("memory"), cgroup.oom_count()]
