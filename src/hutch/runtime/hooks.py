"""The config's hooks: programs run at points of a container's life (runtime-spec, config.md, POSIX-platform Hooks).

A hook gets the container's state as JSON on standard input and runs in the bundle's folder; what it writes is told
when it fails, and is not the container's output. One that fails fails the operation, except poststart and
poststop, whose failures are only reported.
"""

from __future__ import annotations

import os
import select
import time

from hutch.linux import process
from hutch.model import json_text
from hutch.runtime.step import StepFailed, strerror

_DEFAULT_TIMEOUT = 600.0
_MOST_SAID = 4096


def run_all(kind: str, hooks: list[dict[str, object]], state: dict[str, object]) -> None:
    """Run the hooks of one kind in order with ``state`` on standard input. Raises StepFailed at the first failure."""
    data = json_text.encode(state).encode()
    folder = "" if kind == "startContainer" else str(state.get("bundle") or "")  # that one runs in the container
    for number, hook in enumerate(hooks):
        _run(f"error running {kind} hook #{number}", hook, data, folder)


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _run(prefix: str, hook: dict[str, object], data: bytes, folder: str) -> None:
    path = str(hook.get("path") or "")
    args = _strings(hook.get("args")) or [path]
    timeout = hook.get("timeout")
    seconds = float(timeout) if isinstance(timeout, (int, float)) and timeout > 0 else _DEFAULT_TIMEOUT
    read, write = os.pipe()
    said = (os.memfd_create("hook-stdout"), os.memfd_create("hook-stderr"))
    pid = os.fork()
    if pid == 0:
        _child(path, args, _strings(hook.get("env")), (read, *said), folder)
    os.close(read)
    pidfd = process.pidfd_open(pid)
    try:
        _feed(write, data)
        if not _ended(pidfd, seconds):
            process.pidfd_send_signal(pidfd, 9)
            os.waitpid(pid, 0)
            raise StepFailed(f"{prefix}: hook ran past specified timeout of {seconds:.1f}s")
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code:
            what = f"signal: {-code}" if code < 0 else f"exit status {code}"
            out, errors = (os.pread(fd, _MOST_SAID, 0).decode("utf-8", "replace") for fd in said)
            raise StepFailed(f"{prefix}: {what}, stdout: {out}, stderr: {errors}")
    finally:
        for fd in (pidfd, *said):
            os.close(fd)


def _child(path: str, args: list[str], env: list[str], streams: tuple[int, int, int], folder: str) -> None:
    """In the forked child: never returns."""
    try:
        for number, fd in enumerate([os.dup(fd) for fd in streams]):
            os.dup2(fd, number)
        if os.path.isdir(folder):
            os.chdir(folder)
        process.close_on_exec_from(3)
        process.reset_signals()
        process.execve(os.fsencode(path), [os.fsencode(a) for a in args], [os.fsencode(e) for e in env])
    except OSError as err:
        os.write(2, f"hook {path}: {strerror(err)}\n".encode())
    finally:
        os._exit(127)


def _feed(fd: int, data: bytes) -> None:
    """Write the state; a hook that does not read it is no error."""
    try:
        os.write(fd, data)
    except BrokenPipeError:
        pass
    finally:
        os.close(fd)


def _ended(pidfd: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if poll.poll(left * 1000):
            return True
    return False
