"""``create``: make a container from a bundle; its process waits for ``start`` (runtime-spec, runtime.md, Create)."""

from __future__ import annotations

import _socket
import os
import time

from hutch.linux import caps, process
from hutch.model.errors import Invalid, System
from hutch.model.undo import ExitStack, suppress
from hutch.runtime import bundle as bundles
from hutch.runtime import state
from hutch.runtime.arguments import Options, Parsed
from hutch.runtime.seccomp import cache
from hutch.runtime.shape import Shape
from hutch.runtime.stages import parent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OPTIONS = Options(
    flags="no-pivot no-new-keyring",
    values="bundle console-socket pid-file pidfd-socket preserve-fds",
    short="b=bundle",
)


def run(root: str, parsed: Parsed) -> int:
    """Create, and leave the container's init waiting at its start socket."""
    container, created = create(root, parsed.the_id(), parsed, detach=True)
    try:
        wait_at_socket(container, created)
        write_pid_file(parsed.value("pid-file"), created.pid)
    except BaseException:
        discard(container, created)
        raise
    return 0


def check_terminal(terminal: bool, detach: bool, console: str) -> None:
    """Refuse a terminal that would have nobody to serve it, and a console socket without use. Raises Invalid."""
    if detach and terminal and not console:
        raise Invalid("cannot allocate tty if runc will detach without setting console socket")
    if console and not (detach and terminal):
        raise Invalid("cannot use console socket if runc will not detach or allocate tty")


def create(root: str, name: str, parsed: Parsed, *, detach: bool = False) -> tuple[state.Container, parent.Created]:
    """The container, created; a terminal was sent to the console socket if one was given. Undone on failure.

    Raises Invalid, Conflict, NotFound, SandboxFailed, OSError.
    """
    folder = os.path.abspath(parsed.value("bundle") or ".")
    config = bundles.load(folder)
    if not (config.get("process") or {}).get("cwd"):
        raise Invalid("Cwd property must not be empty")
    terminal = bool((config.get("process") or {}).get("terminal"))
    check_terminal(terminal, detach or "detach" in parsed.flags, parsed.value("console-socket"))
    shape = _shape(config, name, parsed)
    with ExitStack() as undo:
        home = state.make_folder(root, name)
        undo.callback(state.remove_folder, home)
        state.write(f"{home}/config.json", config)
        warn_of_capabilities(config.get("process") or {}, parsed)
        parked = _park(shape, config, parsed)
        created = parent.create(
            parked,
            config,
            [],
            None if terminal else (0, 1, 2),
            code=filter_of(config, root),
            state=_hook_state(config, name, folder),
            preserve=preserved(parsed),
            pivot="no-pivot" not in parsed.flags,
        )
        undo.callback(_kill, created)
        container = state.Container(root, name, _record(config, folder, created.pid, shape.cgroup))
        container.save()
        if parsed.value("console-socket"):
            from hutch.runtime import console

            console.send(parsed.value("console-socket"), created.console)
            os.close(created.console)
            created.console = -1
        send_pidfd(parsed, "standard", created.pidfd)
        undo.pop_all()
        return container, created


_NOT_ALLOWED = (1, 13, 30)  # EPERM, EACCES, EROFS


def _park(shape: Shape, config: dict[str, Any], parsed: Parsed) -> parent.Parked:
    """As :func:`parent.park`; who may make no cgroup goes without, where ``--rootless`` lets them."""
    try:
        return parent.park(shape)
    except System as err:
        cause = err.__cause__
        rootless = {"true": True, "false": False}.get(parsed.given.get("rootless", ""), os.geteuid() != 0)
        if not (rootless and isinstance(cause, OSError) and cause.errno in _NOT_ALLOWED):
            raise
        if (config.get("linux") or {}).get("resources"):
            raise System(f"cannot limit resources without a cgroup: {err}") from err
    shape.cgroup = ""
    return parent.park(shape)


def _shape(config: dict[str, Any], name: str, parsed: Parsed) -> Shape:
    shape = Shape.of(config, name)
    shape.cgroup = shape.cgroup or name
    shape.keyring = "no-new-keyring" not in parsed.flags
    shape.pivot = "no-pivot" not in parsed.flags
    return shape


def warn_of_capabilities(process: dict[str, Any], parsed: Parsed) -> None:
    """Say which capabilities of a process this kernel does not know: they are left out, as the specification has it."""
    names = {str(name) for value in (process.get("capabilities") or {}).values() for name in value or ()}
    if unknown := sorted(names - set(caps.NAMES[: caps.last() + 1])):
        parsed.log("warning", f"ignoring unknown or unavailable capabilities: [{' '.join(unknown)}]")


def _hook_state(config: dict[str, Any], name: str, folder: str) -> dict[str, object]:
    oci: dict[str, object] = {
        "ociVersion": state.OCI_VERSION, "id": name, "status": "creating", "pid": 0, "bundle": folder,
    }  # fmt: skip
    if config.get("annotations"):
        oci["annotations"] = config["annotations"]
    return oci


def _record(config: dict[str, Any], folder: str, pid: int, cgroup: str) -> dict[str, Any]:
    return {
        "pid": pid,
        "startTime": process.start_time(pid),
        "bundle": folder,
        "rootfs": config["root"]["path"],
        "cgroup": cgroup,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() % 10**9:09d}Z",
        "annotations": config.get("annotations") or {},
    }


def preserved(parsed: Parsed) -> tuple[int, ...]:
    """The descriptors that ``--preserve-fds`` asks for, all of which must be open. Raises Invalid."""
    text = parsed.value("preserve-fds", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Invalid(f'invalid value "{text}" for flag -preserve-fds: parse error')
    wanted = tuple(range(3, 3 + int(text)))
    for fd in wanted:
        try:
            os.fstat(fd)
        except OSError as err:
            raise Invalid(f"unable to stat preserved-fd {fd} (of {text}): no such file or directory") from err
    return wanted


def send_pidfd(parsed: Parsed, kind: str, pidfd: int) -> None:
    """Send a pidfd of the process to the socket of ``--pidfd-socket``, if one is given. Raises OSError."""
    if path := parsed.value("pidfd-socket"):
        from hutch.runtime import console

        console.send(path, pidfd, kind.encode())


def filter_of(config: dict[str, Any], root: str) -> bytes:
    """The compiled seccomp filter of a config; empty without one. Kept beside ``root`` for the next container."""
    seccomp = (config.get("linux") or {}).get("seccomp")
    if not seccomp:
        return b""
    return cache.load(seccomp, f"{root}.seccomp", agent=True)[0]


def wait_at_socket(container: state.Container, created: parent.Created) -> None:
    """Leave init waiting for whoever connects to the container's start socket, so that we may end."""
    with ExitStack() as undo:
        listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)
        undo.callback(listener.close)
        # By descriptor: a socket's own path may have 107 bytes only.
        folder = os.open(container.folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            listener.bind(f"/proc/self/fd/{folder}/{state.START_SOCKET}")
        finally:
            os.close(folder)
        listener.listen(1)
        created.channel.send({"op": "detach"}, (listener.fileno(),))
        message, _, _ = created.channel.receive()
        if message.get("event") != "detached":
            raise System("the container's init did not take its start socket")


def discard(container: state.Container, created: parent.Created) -> None:
    """Undo a creation."""
    _kill(created)
    container.remove()


def _kill(created: parent.Created) -> None:
    with suppress(ProcessLookupError):
        process.pidfd_send_signal(created.pidfd, 9)
    with suppress(ChildProcessError):
        os.waitpid(created.pid, 0)
    if created.cgroup is not None:
        created.cgroup.remove()


def write_pid_file(path: str, pid: int) -> None:
    """Write the process id to ``path``, whole or not at all; nothing without a path."""
    if not path:
        return
    temporary = f"{os.path.dirname(path) or '.'}/.{os.path.basename(path)}"
    try:
        file = open(temporary, "w", encoding="ascii")
    except OSError as err:
        raise System(f"open {temporary}: {(err.strerror or '').lower()}") from err
    with file:
        file.write(str(pid))
    os.rename(temporary, path)
