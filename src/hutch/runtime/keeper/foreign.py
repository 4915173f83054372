"""A container made by another OCI runtime (crun, runc, ...), with the methods of :class:`~.sandbox.Sandbox`.

The keeper has a private mount namespace, in which the root file system is mounted at ``runtime/rootfs`` of the bundle:
it is on no path of the host and goes with the keeper. The runtime's own processes end after each command; what they
leave behind, the container's init and further processes, becomes ours because we are the subreaper, so exits are seen
here as those of our own containers. Mounts of the container do not propagate to the host (they end in our namespace).
"""

from __future__ import annotations

import os

from hutch.linux import mount, namespaces, process
from hutch.linux.files import write_all
from hutch.model import json_text
from hutch.model.errors import Conflict, NotFound, System
from hutch.model.mount import Mount
from hutch.model.undo import ExitStack
from hutch.runtime import users
from hutch.runtime.cgroups.cgroup import Cgroup, open_cgroup
from hutch.runtime.cgroups.layout import detect
from hutch.runtime.keeper import console_socket, program
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.stages import parent
from hutch.runtime.stages.failure import SandboxFailed
from hutch.runtime.steps.rootfs import MountRoot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.runtime.keeper.sandbox import Job, Stdio

FAILED = "failed to create task for container: failed to create shim task: OCI runtime create failed: "
"""What Docker writes before a runtime's message (moby, daemon/start.go; containerd, runtime/v2/runc)."""
_EXEC_FAILED = "exec failed: unable to start container process: "


class Foreign:
    """One container of the runtime ``{"path", "args"}``. ``pid`` is 0 before :meth:`create`."""

    def __init__(self, runtime: dict[str, Any]) -> None:
        self._path = str(runtime["path"])
        self._args = [str(each) for each in runtime.get("args") or ()]
        self._id = ""
        self._folder = ""
        self._config: dict[str, Any] = {}
        self._root = -1
        self._made = False
        self._execs = 0
        self.cgroup: Cgroup | None = None
        self.pid = 0
        self.pidfd = -1
        self.alone = True
        """Whether the container's processes have a pid namespace of their own, so that all end with the first."""

    # --- from nothing to running

    def create(
        self, identity: str, config: dict[str, Any], bundle: str, spec: dict[str, Any], stdio: Stdio | None
    ) -> int:
        """``create`` of the runtime; the master of the terminal or -1. Raises SandboxFailed, Invalid, OSError."""
        self._id = identity
        self._folder = os.path.join(bundle, "runtime")
        os.makedirs(os.path.join(self._folder, "rootfs"), 0o700, exist_ok=True)
        linux = config.get("linux") or {}
        self._config = {**config, "root": {**config["root"], "path": self._mount_root(config, bundle, spec)}}
        if linux.get("cgroupsPath"):
            self.cgroup = open_cgroup(str(linux["cgroupsPath"]))
        self._config["process"] = self.resolve(config["process"])
        _put(os.path.join(self._folder, "config.json"), self._config)
        pid_file = os.path.join(self._folder, "init.pid")
        self._made = True
        with console_socket.Receiver(self._folder, "console", wanted=stdio is None) as receiver:
            arguments = ["create", "--bundle", self._folder, "--pid-file", pid_file, *receiver.arguments, identity]
            self._check(self._run(arguments, stdio), "create")
            master = receiver.receive()
        self.pid = _read_pid(pid_file)
        self.pidfd = process.pidfd_open(self.pid)
        kinds = [each for each in linux.get("namespaces") or () if each["type"] == "pid" and not each.get("path")]
        self.alone = bool(kinds)
        return master

    def _private_mounts(self) -> None:
        """A mount namespace of our own: what we mount is not seen by the host, what the host unmounts leaves us too."""
        layout = detect()
        namespaces.unshare(namespaces.CLONE_NEWNS)
        mount.mount(None, "/", None, mount.MS_SLAVE | mount.MS_REC)
        if os.path.basename(self._path) == "crun" and layout.kind == "hybrid" and layout.v2 is not None:
            # crun takes a hybrid machine for one of cgroup v2 as soon as that hierarchy has a controller.
            mount.umount(layout.v2.mount, mount.MNT_DETACH)

    def _mount_root(self, config: dict[str, Any], bundle: str, spec: dict[str, Any]) -> str:
        """Mount the root file system; its path, for the config.

        It is made before there is a mount namespace of ours, as a program that serves it must not be in the one that
        it is attached in.
        """
        mounts = [Mount.from_oci(each) for each in spec.get("rootfs") or ()]
        path = os.path.join(self._folder, "rootfs")
        with ExitStack() as undo:
            made = [(each, detached(each)) for each in mounts if each.target == "/"]
            for _, fd in made:
                undo.callback(os.close, fd)
            self._private_mounts()
            for each, fd in made:
                attach(each, fd, path)
        if not mounts:
            path = os.path.join(bundle, str(config["root"]["path"]))
        self._root = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        return path

    def resolve(self, settings: dict[str, Any]) -> dict[str, Any]:
        """An OCI process whose user is numbers, as runtimes want it, from names in the container's own files.

        Raises Invalid for an unknown user.
        """
        user: dict[str, Any] = dict(settings.get("user") or {})
        name, groups = user.pop("username", None), tuple(str(each) for each in user.pop("groups", None) or ())
        if name is None and not groups:
            return settings
        spec = f"{user.get('uid', 0)}:{user.get('gid', 0)}" if name is None else str(name)
        uid, gid, numbers, home = users.resolve_user(self._root, spec, groups)
        more = [int(each) for each in user.get("additionalGids") or () if int(each) not in numbers]
        user.update(uid=uid, gid=gid, additionalGids=numbers + more)
        env = [str(each) for each in settings.get("env") or ()]
        if not any(each.startswith("HOME=") for each in env):
            env.append(f"HOME={home}")
        return {**settings, "user": user, "env": env}

    def start(self) -> None:
        """``start`` of the runtime. Raises SandboxFailed."""
        if not self.pid:
            raise Conflict("container is not created")
        self._check(self._run(["start", self._id]), "start")

    def namespace(self, kind: str) -> int:
        """A descriptor of the container's namespace. Raises OSError."""
        return parent.namespace_fd(self.pid, kind)

    # --- further processes

    def execute(self, loop: Loop, settings: dict[str, Any], stdio: Stdio | None, _code: str | None, job: Job) -> None:
        """``exec`` of the runtime; tells ``job``. The runtime uses the container's own seccomp filter in any case.

        Raises Conflict, Invalid, OSError.
        """
        if self.cgroup is not None and self.cgroup.is_frozen():
            raise Conflict("container is paused, unpause the container before exec")
        self._execs += 1
        name = f"exec-{self._execs}"
        base = os.path.join(self._folder, name)
        _put(f"{base}.json", self.resolve(settings))
        receiver = console_socket.Receiver(self._folder, name, wanted=stdio is None)
        command = ["exec", "--process", f"{base}.json", "--pid-file", f"{base}.pid", "--detach", *receiver.arguments]
        log = f"{base}.log"
        try:
            runtime = program.spawn(self._command([*command, self._id], log), stdio)
        except BaseException:
            receiver.close()
            raise
        loop.hold_strangers(True)  # the process may end before its runtime does

        def done(status: int) -> None:
            try:
                if status:
                    raise failed(program.complaint(log), "exec", os.waitstatus_to_exitcode(status))
                pid, master = _read_pid(f"{base}.pid"), receiver.receive()
                loop.child(pid, job.ended)
                job.started(pid, master)
            except (SandboxFailed, System, OSError) as error:
                job.failed(error)
            finally:
                receiver.close()
                _remove_files(f"{base}.json", f"{base}.pid", log)
                loop.hold_strangers(False)

        loop.child(runtime, done)

    # --- while it runs

    def signal(self, number: int, everyone: bool) -> None:
        """Send a signal to the first process or to all. Raises NotFound when it has ended, System."""
        if everyone and self.cgroup is not None:
            self.cgroup.kill_all(number)
            return
        if not _alive(self.pidfd):
            raise NotFound("the container's process has ended")
        self._check(self._run(["kill", self._id, str(number)]), "kill")

    def pause(self) -> None:
        """``pause`` of the runtime. Raises System."""
        self._check(self._run(["pause", self._id]), "pause")

    def resume(self) -> None:
        """``resume`` of the runtime. Raises System."""
        self._check(self._run(["resume", self._id]), "resume")

    def update(self, resources: dict[str, Any]) -> None:
        """``update`` of the runtime. Raises System."""
        file = os.path.join(self._folder, "resources.json")
        _put(file, resources)
        try:
            self._check(self._run(["update", "--resources", file, self._id]), "update")
        finally:
            _remove_files(file)

    # --- the end

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
        """``delete`` of the runtime, and what it has left. Raises System when the cgroup stays busy."""
        if not self._made:
            return
        self._made = False
        try:
            self._run(["delete", "--force", self._id])  # it may know nothing of a container that failed
        finally:
            if self.cgroup is not None:
                self.cgroup.kill_all()
                self.cgroup.remove()

    # --- its commands

    def _command(self, arguments: list[str], log: str) -> list[str]:
        state = os.path.join(self._folder, "state")
        return [self._path, *self._args, "--root", state, "--log", log, "--log-format", "json", *arguments]

    def _run(self, arguments: list[str], stdio: Stdio | None = None) -> int:
        return program.finish(program.spawn(self._command(arguments, os.path.join(self._folder, "log")), stdio))

    def _check(self, code: int, verb: str) -> None:
        """Raises SandboxFailed with what the runtime said, when its command ended with another code than 0."""
        message = program.complaint(os.path.join(self._folder, "log"))
        if code:
            raise failed(message, verb, code)


def failed(message: str, verb: str, code: int) -> SandboxFailed:
    """The error of a runtime's command that ended with ``code``, in Docker's words. Pure."""
    message = message or f"the runtime's {verb} ended with exit status {code}"
    known = program.exit_code_of(message)
    if verb in ("create", "start"):
        message = f"{FAILED}{message}"
    elif verb == "exec":
        message = message.removeprefix(_EXEC_FAILED)
    return SandboxFailed(message, stage=verb, exit_code=known)


def detached(value: Mount) -> int:
    """``value`` as a mount that is nowhere yet. Raises SandboxFailed naming its source."""
    try:
        return MountRoot.of(value).clone()
    except OSError as error:
        raise _root_failed(value, error) from error


def attach(value: Mount, fd: int, path: str) -> None:
    """Attach the detached ``value`` at ``path`` of our mount namespace. Raises SandboxFailed naming its source."""
    target = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        mount.move_mount(fd, target, path)
        mount.mount_setattr(fd, propagation=mount.MS_PRIVATE)
    except OSError as error:
        raise _root_failed(value, error) from error
    finally:
        os.close(target)


def _root_failed(value: Mount, error: OSError) -> SandboxFailed:
    return SandboxFailed(f"rootfs {value.source}: {error.strerror}", stage="rootfs", errno=error.errno or 0)


def _alive(pidfd: int) -> bool:
    try:
        process.pidfd_send_signal(pidfd, 0)
    except ProcessLookupError:
        return False
    return True


def _put(path: str, value: dict[str, Any]) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        write_all(fd, json_text.encode(value).encode("utf-8", "surrogateescape"))
    finally:
        os.close(fd)


def _read_pid(path: str) -> int:
    with open(path, encoding="ascii") as file:
        text = file.read(32).strip()
    if not text.isdigit():
        raise System(f"the runtime wrote no process id to {path}")
    return int(text)


def _remove_files(*paths: str) -> None:
    for path in paths:
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
