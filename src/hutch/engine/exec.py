"""``exec``: further processes in a running container."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import msgspec

from hutch.engine import states
from hutch.engine.attach import Hijack
from hutch.engine.container import Container
from hutch.engine.detach_keys import parse
from hutch.engine.events import Events
from hutch.engine.record import Record
from hutch.engine.roster import Roster
from hutch.engine.start_failure import NotExecutable
from hutch.engine.stream_type import content_type
from hutch.linux.failpoint import failpoint
from hutch.model import ids, wire
from hutch.model.errors import Conflict, HutchError, Invalid, NotFound, StartFailed, Unavailable
from hutch.runtime import users

_log = logging.getLogger(__name__)
Json = dict[str, Any]
NOT_STARTED = 126
"""The exit code of an exec that was refused before a process was tried, as Docker's."""
KEPT = 300
"""Seconds that a finished exec can still be inspected."""


class Asked(msgspec.Struct, rename="pascal"):
    """The body of ``POST /containers/{id}/exec`` (Engine API, ExecConfig, which is ExecOptions in dockerd's words)."""

    attach_stdin: bool = False
    attach_stdout: bool = False
    attach_stderr: bool = False
    detach_keys: str = ""
    tty: bool = False
    env: list[str] | None = None
    cmd: list[str] | None = None
    privileged: bool = False
    user: str = ""
    working_dir: str = ""
    console_size: list[int] | None = None


class Process:
    """One exec. ``exit_code`` is None until it has ended."""

    def __init__(self, container: str, asked: Asked, exec_id: str = "") -> None:
        self.id = exec_id or ids.new()
        self.container = container
        self.asked = asked
        self.pid = 0
        self.running = False
        self.began = False
        self.exit_code: int | None = None
        self.ended_at = 0.0
        self._waiting: list[asyncio.Future[int]] = []

    def ended(self, code: int) -> None:
        """It is over."""
        self.running = False
        self.exit_code = code
        self.ended_at = time.monotonic()
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(code)

    async def end(self) -> int:
        """The exit code, when it is over."""
        if self.exit_code is not None:
            return self.exit_code
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return await waiter

    @property
    def command(self) -> str:
        """As the events name it: a blank stands after the first word even if it is alone."""
        first, *arguments = self.asked.cmd or [""]
        return f"{first} {' '.join(arguments)}"

    def to_json(self) -> Json:
        """The answer of ``GET /exec/{id}/json``."""
        words = self.asked.cmd or [""]
        process: Json = {"tty": self.asked.tty, "entrypoint": words[0], "arguments": list(words[1:])}
        process["privileged"] = self.asked.privileged
        if self.asked.user:
            process["user"] = self.asked.user
        return {
            "ID": self.id,
            "Running": self.running,
            "ExitCode": self.exit_code,
            "ProcessConfig": process,
            "OpenStdin": self.asked.attach_stdin,
            "OpenStderr": self.asked.attach_stderr,
            "OpenStdout": self.asked.attach_stdout,
            "CanRemove": self.exit_code is not None,
            "ContainerID": self.container,
            "DetachKeys": parse(self.asked.detach_keys).hex() if self.asked.detach_keys else "",
            "Pid": self.pid,
        }


class Builder(Protocol):
    """Makes the OCI process of an exec (spec)."""

    def exec_process(self, record: Record, asked: Asked) -> Json:
        """Raises Invalid."""


def _nobody(_container: str, _user: str) -> None:
    """Without a look at the container every user may be known."""


class Execs:
    """The engine's ExecsBackend."""

    def __init__(
        self, roster: Roster, events: Events, builder: Builder, look_up: Callable[[str, str], None] = _nobody
    ) -> None:
        """``look_up(container, user)`` raises Invalid if the running container does not know the user."""
        self._roster = roster
        self._events = events
        self._builder = builder
        self._look_up = look_up
        self._all: dict[str, Process] = {}

    async def create(self, ref: str, body: Json, exec_id: str = "") -> str:
        """Prepare a process; its id, which is ``exec_id`` if the client has drawn one. Raises Conflict, Invalid."""
        if exec_id and not ids.is_full(exec_id):
            raise Invalid(f"invalid exec id: {exec_id}")
        if exec_id in self._all:
            raise Conflict(f"exec {exec_id} exists already")
        container = self._roster.find(ref)
        asked = wire.decode(Asked, body, path="ExecOptions")
        if not asked.cmd:
            raise Invalid("No exec command specified")
        parse(asked.detach_keys, "escape")
        if any("\0" in word for word in [*asked.cmd, *(asked.env or ()), asked.working_dir]):
            raise Invalid("the command holds a zero byte")
        states.check_exec(container.record, ref)
        user, _, group = asked.user.partition(":")
        if any(part and users.number_of(part) is None for part in (user, group)):
            await asyncio.to_thread(self._look_up, container.id, asked.user)
        return self.add(container, asked, exec_id).id

    def add(self, container: Container, asked: Asked, exec_id: str = "") -> Process:
        """The same for a request that is known to be sound, of a container that runs."""
        self._drop_old()
        process = Process(container.id, asked, exec_id)
        self._all[process.id] = container.execs[process.id] = process
        self._events.container(container.record, f"exec_create: {process.command}", execID=process.id)
        return process

    async def start(
        self,
        exec_id: str,
        hijack: Hijack | None,
        *,
        tty: bool,
        console_size: tuple[int, int] | None,
        old_content_type: bool,
        status: bool = False,
    ) -> None:
        """Run it. Without ``hijack`` errors are raised; with one they are text in the stream, and the exit code.

        ``status``: the stream, which has frames, ends with one of the exit code (``runtime/keeper/attach.py``).
        """
        process, container = self._find(exec_id)
        if process.running:
            raise Conflict(f"exec command {exec_id} is already running")
        if process.began:
            raise Conflict(f"exec command {exec_id} has already run")
        states.check_exec(container.record, container.id)
        if container.keeper is None:
            raise Unavailable(f"container {container.id} has no keeper")
        if hijack is not None and tty != process.asked.tty:
            _log.debug("exec %s: started with tty %s, created with %s", exec_id, tty, process.asked.tty)
        if console_size is not None:
            process.asked.console_size = list(console_size)
        failpoint("exec.begin")
        fd, pending = -1, b""
        if hijack is not None:
            fd, pending = await hijack.take(content_type(process.asked.tty, old_content_type))
        try:
            await self.run(process, container, fd, pending, status=status)
        except (HutchError, OSError) as error:
            code = error.exit_code if isinstance(error, StartFailed | NotExecutable) else NOT_STARTED
            process.ended(code)
            container.execs.pop(process.id, None)
            if hijack is None:
                raise
            _tell(fd, str(error), code, tty=process.asked.tty, status=status)
        finally:
            if fd >= 0:
                os.close(fd)

    async def run(
        self, process: Process, container: Container, fd: int, pending: bytes = b"", *, status: bool = False
    ) -> None:
        """Have its process started with ``fd`` (-1: nothing) for its streams, which stays the caller's.

        Raises Unavailable, Invalid, Conflict, System.
        """
        process.began = True
        asked, keeper = process.asked, container.keeper
        if keeper is None:
            raise Unavailable(f"container {container.id} has no keeper")
        if asked.working_dir and not asked.working_dir.startswith("/"):
            raise StartFailed(f"{_FAILED}Cwd must be an absolute path", exit_code=128)
        message: Json = {
            "process": self._builder.exec_process(container.record, asked),
            "tty": asked.tty,
            "stdin": asked.attach_stdin,
            "stdout": asked.attach_stdout,
            "stderr": asked.attach_stderr,
            "mux": not asked.tty,
            "detach_keys": parse(asked.detach_keys).hex(),
            "pending": pending.hex(),
            "status": status,
        }
        if (
            container.record.host.privileged
        ):  # --privileged of an exec gives capabilities; the filter stays, as with runc
            message["seccomp"] = ""
        process.running = True
        self._events.container(container.record, f"exec_start: {process.command}", execID=process.id)
        failpoint("exec.recorded")
        event = await keeper.exec(process.id, message, fd if fd >= 0 else None)
        failpoint("exec.started")
        if event.get("event") == "exec-failed":
            raise _failure(event)
        process.pid = int(event.get("pid") or 0)

    async def resize(self, exec_id: str, height: int, width: int) -> None:
        """Give its terminal another size. Raises Conflict when it does not run."""
        process, container = self._find(exec_id)
        if not process.running or container.keeper is None:
            raise Conflict(f"exec {exec_id} is not running")
        if process.asked.tty:
            await container.keeper.ask("exec-resize", exec=exec_id, h=height, w=width)

    async def wait(self, exec_id: str) -> int:
        """The exit code of its process, when that has ended. Raises NotFound."""
        process = self._all.get(exec_id)
        if process is None:
            raise NotFound(f"No such exec instance: {exec_id}")
        return await process.end()

    def inspect(self, exec_id: str) -> Json:
        """What is known of it. Raises NotFound."""
        process = self._all.get(exec_id)
        if process is None:
            raise NotFound(f"No such exec instance: {exec_id}")
        return process.to_json()

    def _find(self, exec_id: str) -> tuple[Process, Container]:
        process = self._all.get(exec_id)
        container = self._roster.get(process.container) if process is not None else None
        if process is None or container is None:
            raise NotFound(f"No such exec instance: {exec_id}")
        return process, container

    def _drop_old(self) -> None:
        """Forget what has ended a while ago, and what belongs to containers that are gone or have ended."""
        now = time.monotonic()
        for name, process in list(self._all.items()):
            container = self._roster.get(process.container)
            over = process.exit_code is not None and now - process.ended_at > KEPT
            if over or container is None or (not container.record.running and not process.running):
                del self._all[name]
                if container is not None:
                    container.execs.pop(name, None)


_FAILED = "OCI runtime exec failed: exec failed: "
_NOT_THERE = ("executable file not found", "no such file or directory", "not found in $PATH")
_NOT_ALLOWED = ("permission denied", "is a directory")


def _failure(event: Json) -> HutchError:
    """The error for an ``exec-failed`` event, with the exit code that Docker finds in the same words."""
    text = f"{_FAILED}unable to start container process: {event.get('message') or 'unknown error'}"
    if any(words in text for words in _NOT_THERE):
        return NotExecutable(text, 127)
    if int(event.get("exit_code") or 0) == 126 or any(words in text for words in _NOT_ALLOWED):
        return NotExecutable(text if "permission denied" in text else f"{text}: permission denied", 126)
    return StartFailed(text, exit_code=128)


def _tell(fd: int, text: str, code: int, *, tty: bool, status: bool) -> None:
    """The error as the client's output, as Docker has it: in a frame of stdout unless there is a terminal."""
    data = f"{text}\r\n".encode()
    frame = data if tty else b"\x01\0\0\0" + len(data).to_bytes(4, "big") + data
    if status:
        frame += b"\x04\0\0\0\0\0\0\x04" + code.to_bytes(4, "big")
    with suppress(OSError), socket.socket(fileno=os.dup(fd)) as sock:
        sock.send(frame, socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)
