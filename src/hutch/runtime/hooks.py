"""The config's hooks: programs run at points of a container's life (runtime-spec, config.md, POSIX-platform Hooks).

A hook gets the container's state as JSON on standard input. One that fails fails the operation, except poststart and
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


def run_all(kind: str, hooks: list[dict[str, object]], state: dict[str, object]) -> None:
    """Run the hooks of one kind in order with ``state`` on standard input. Raises StepFailed at the first failure."""
    data = json_text.encode(state).encode()
    for number, hook in enumerate(hooks):
        _run(kind, number, hook, data)


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _run(kind: str, number: int, hook: dict[str, object], data: bytes) -> None:
    path = str(hook.get("path") or "")
    args = _strings(hook.get("args")) or [path]
    timeout = hook.get("timeout")
    seconds = float(timeout) if isinstance(timeout, (int, float)) and timeout > 0 else _DEFAULT_TIMEOUT
    prefix = f"error running {kind} hook #{number}"
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(path, args, _strings(hook.get("env")), read)
    os.close(read)
    pidfd = process.pidfd_open(pid)
    try:
        _feed(write, data)
        if not _ended(pidfd, seconds):
            process.pidfd_send_signal(pidfd, 9)
            os.waitpid(pid, 0)
            raise StepFailed(f"{prefix}: timeout of {seconds:g}s exceeded")
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(pidfd)
    code = os.waitstatus_to_exitcode(status)
    if code:
        what = f"signal: {-code}" if code < 0 else f"exit status {code}"
        raise StepFailed(f"{prefix}: {what}")


def _child(path: str, args: list[str], env: list[str], stdin: int) -> None:
    """In the forked child: never returns."""
    try:
        os.dup2(stdin, 0)
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
