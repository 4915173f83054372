"""The last steps: working directory, the program, waiting for start, hooks, closing descriptors, execve."""

from __future__ import annotations

import ctypes
import os
import stat

from hutch.linux import libc, process
from hutch.model.undo import suppress
from hutch.runtime import hooks
from hutch.runtime.step import Inside, Step, StepFailed, out_of_the_way, strerror

_GETCWD = libc.number(79, 17)
_path = ctypes.create_string_buffer(4097)
"""Made once, as each buffer is a type of its own, which takes as long to make as many system calls."""


class WorkingDirectory(Step):
    """Change to the working directory, made if missing, and make sure that it is inside the root.

    A descriptor of a host folder left open would let ``/proc/self/fd/N`` lead out (CVE-2024-21626); getcwd(2) of a
    folder outside the root does not begin with a slash.
    """

    __slots__ = ("path",)
    stage = "cwd"
    reference = "chdir(2), getcwd(2)"

    def __init__(self, path: str) -> None:
        self.path = path

    def describe(self) -> str:
        return f"working directory {self.path}"

    def execute(self, inside: Inside) -> None:
        try:
            os.chdir(self.path)
        except OSError as err:
            raise StepFailed(f'chdir to cwd ("{self.path}") set in config.json failed: {strerror(err)}',
                             err.errno or 0, 126) from err  # fmt: skip
        inside_root()


def inside_root() -> None:
    """Raise StepFailed if the current directory is not reachable from the root."""
    length = libc.held.syscall(_GETCWD, _path, len(_path))
    if length < 0 or _path[0] != b"/":
        raise StepFailed("current working directory is outside of container mount namespace root -- "
                         "possible container breakout attempt")  # fmt: skip


class MakeWorkingDirectory(Step):
    """Make the working directory if the image lacks it."""

    __slots__ = ("path",)
    stage = "cwd"
    reference = "openat2(2), mkdirat(2)"

    def __init__(self, path: str) -> None:
        self.path = path

    def describe(self) -> str:
        return f"make {self.path} if it is missing"

    def execute(self, inside: Inside) -> None:
        try:
            os.close(inside.root.mkdirs(self.path))
        except OSError as err:
            text = f"mkdir {self.path}: {strerror(err)}"
            raise StepFailed(text, err.errno or 0, 126 if err.errno == 20 else 125) from err


class FindProgram(Step):
    """Find the program by the container's PATH, so that a missing one is known before the container counts as made."""

    __slots__ = ("name", "path")
    stage = "exec"
    reference = "execvp(3)"

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path

    def describe(self) -> str:
        return f"find {self.name} in {self.path or 'no PATH'}"

    def execute(self, inside: Inside) -> None:
        inside.executable = find(self.name, self.path)


def find(name: str, path: str) -> bytes:
    """The file that ``name`` runs; the texts of the errors are the ones that Docker's users know. Raises StepFailed."""
    if not name:
        raise StepFailed('exec: "": executable file not found in $PATH', 2, 127)
    if "/" in name:
        _check_program(name, name)
        return os.fsencode(name)
    denied = False
    for folder in path.split(":"):
        candidate = f"{folder or '.'}/{name}"
        try:
            _check_program(candidate, name)
            return os.fsencode(candidate)
        except StepFailed as failure:
            denied = denied or failure.errno == 13
    if denied:
        raise StepFailed(f'exec: "{name}": permission denied', 13, 126)
    raise StepFailed(f'exec: "{name}": executable file not found in $PATH', 2, 127)


def _check_program(path: str, name: str) -> None:
    try:
        status = os.stat(path)
    except OSError as err:
        code = 127 if err.errno in (2, 20) else 126
        raise StepFailed(f'exec: "{name}": stat {path}: {strerror(err)}', err.errno or 0, code) from err
    if stat.S_ISDIR(status.st_mode):
        raise StepFailed(f'exec: "{name}": is a directory', 21, 126)
    if not os.access(path, os.X_OK, effective_ids=True):
        raise StepFailed(f'exec: "{name}": permission denied', 13, 126)


class RunHooks(Step):
    """The config's hooks that run inside the container's namespaces."""

    __slots__ = ("hooks", "kind", "state")
    stage = "hooks"
    reference = "runtime-spec, config.md, POSIX-platform Hooks"

    def __init__(self, kind: str, entries: tuple[dict[str, object], ...], state: dict[str, object]) -> None:
        self.kind = kind
        self.hooks = entries
        self.state = state

    def describe(self) -> str:
        return f"run {self.kind} hooks: " + ", ".join(str(hook.get("path")) for hook in self.hooks)

    def execute(self, inside: Inside) -> None:
        hooks.run_all(self.kind, list(self.hooks), self.state)


class AskParent(Step):
    """Tell the parent that a point is reached, and wait until it has done its part there."""

    __slots__ = ("point",)
    stage = "parent"
    reference = "runtime-spec, runtime.md, Lifecycle"

    def __init__(self, point: str) -> None:
        self.point = point

    def describe(self) -> str:
        return f"wait while the parent runs the {self.point} hooks"

    def execute(self, inside: Inside) -> None:
        inside.report({"event": self.point})
        inside.wait()


class WaitForStart(Step):
    """Everything that can fail beforehand is done: the container is created. Wait for start."""

    __slots__ = ()
    stage = "start"
    reference = "runtime-spec, runtime.md, Lifecycle"

    def describe(self) -> str:
        return "report the container as created and wait for start"

    def execute(self, inside: Inside) -> None:
        if inside.console is not None:
            master, slave = inside.console
            inside.report({"event": "created", "console": True}, (master,))
            os.close(master)
            os.close(slave)
            inside.console = None
        else:
            inside.report({"event": "created"})
        inside.wait()


class CloseDescriptors(Step):
    """Every descriptor but standard streams and the preserved ones closes at execve."""

    __slots__ = ("preserve",)
    stage = "descriptors"
    reference = "close_range(2), CLOSE_RANGE_CLOEXEC"

    def __init__(self, preserve: int) -> None:
        self.preserve = preserve

    def describe(self) -> str:
        return f"close all descriptors from {3 + self.preserve} on"

    def execute(self, inside: Inside) -> None:
        # Out of each other's way first; the channel is out of it already, and nothing else is needed any more.
        moved = [out_of_the_way(fd, len(inside.preserved)) for fd in inside.preserved]
        for number, fd in enumerate(moved, 3):
            os.dup2(fd, number)
        process.close_on_exec_from(3 + len(moved))


class Execute(Step):
    """Become the container's process."""

    __slots__ = ("args", "env")
    stage = "exec"
    reference = "execve(2)"

    def __init__(self, args: tuple[str, ...], env: tuple[str, ...]) -> None:
        self.args = args
        self.env = env

    def describe(self) -> str:
        return "execute " + " ".join(self.args)

    def execute(self, inside: Inside) -> None:
        env = list(self.env)
        if inside.home and not any(entry.startswith("HOME=") for entry in env):
            env.append(f"HOME={inside.home}")
        process.reset_signals()
        name = self.args[0]
        try:
            process.execve(inside.executable, [os.fsencode(a) for a in self.args], [os.fsencode(e) for e in env])
        except OSError as err:
            # The program is there and may be executed, but is none for this machine, or its interpreter is missing:
            # as with runc the container has begun, and its process says so where whoever runs it looks.
            with suppress(OSError):
                os.write(2, f"exec {os.fsdecode(inside.executable) or name}: {strerror(err)}\n".encode())
            os._exit(255)
