"""Further processes in the container, each with its own streams and client."""

from __future__ import annotations

import os
from collections.abc import Callable

from hutch.linux import signals
from hutch.model.errors import Conflict, NotFound
from hutch.runtime.keeper import console
from hutch.runtime.keeper.log import NoLog
from hutch.runtime.keeper.loop import Loop
from hutch.runtime.keeper.state import outcome
from hutch.runtime.keeper.stdio import Ends, Pipes
from hutch.runtime.keeper.streams import Streams
from hutch.runtime.stages.failure import SandboxFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from hutch.runtime.keeper.sandbox import Job

    Event = Callable[[dict[str, Any]], None]

    class Host(Protocol):
        """What starts the processes: ``Sandbox`` or ``Foreign``."""

        def execute(
            self,
            loop: Loop,
            settings: dict[str, Any],
            stdio: tuple[int, int, int] | None,
            code: str | None,
            job: Job,
            /,
        ) -> None: ...


DRAIN = 2.0
"""Seconds that output is waited for after its process ended: a background child may hold the pipe open for ever."""


class _Exec:
    """One of them, as :class:`~.sandbox.Job`. ``pid`` is 0 until it runs."""

    __slots__ = ("_execs", "fd", "name", "pid", "pipes", "request", "streams", "tells")

    def __init__(self, execs: Execs, name: str, streams: Streams, request: dict[str, Any]) -> None:
        self._execs = execs
        self.name = name
        self.streams = streams
        self.request = request
        self.tells = bool(request.get("status"))
        self.pipes: Pipes | None = None
        self.fd = -1
        self.pid = 0

    def started(self, pid: int, master: int) -> None:
        self.pid = pid
        self._execs.started(self, master)

    def failed(self, error: BaseException) -> None:
        self._execs.failed(self, error)

    def ended(self, status: int) -> None:
        self._execs.ended(self, status)


class Execs:
    """All running execs of the container, by id; tells ``event`` about their start, end and detached clients."""

    def __init__(self, loop: Loop, host: Host, event: Event) -> None:
        self._loop = loop
        self._host = host
        self._event = event
        self._running: dict[str, _Exec] = {}
        self._ending: list[Streams] = []

    def pids(self) -> dict[str, int]:
        """Pid by exec id."""
        return {name: each.pid for name, each in self._running.items() if each.pid}

    @property
    def flushed(self) -> bool:
        """Whether every client of an ended exec has everything."""
        self._ending = [streams for streams in self._ending if not streams.flushed]
        return not self._ending

    def start(self, request: dict[str, Any], fds: list[int]) -> None:
        """Do an ``exec`` request (docs/map.md, Keeper); the stream descriptor, if any, is taken out of ``fds``.

        A process that cannot be started is an ``exec-failed`` event, and an error when that is known at once. Raises
        SandboxFailed, Conflict.
        """
        name, terminal = str(request["exec"]), bool(request.get("tty"))
        job = _Exec(self, name, Streams(self._loop, NoLog()), request)
        try:
            if name in self._running:
                raise Conflict(f"exec {name} is running already")
            settings = {**request["process"], "terminal": terminal}
            job.pipes = None if terminal else Pipes(stdin=bool(request.get("stdin") and fds))
            stdio = job.pipes.theirs if job.pipes else None
            self._host.execute(self._loop, settings, stdio, request.get("seccomp"), job)
        except BaseException as error:
            self._refuse(job, error)
            raise
        self._running[name] = job  # it is told about in the loop only, thus not yet
        if job.pipes:
            job.pipes.close_theirs()
        if fds:
            job.fd = fds.pop(0)

    def _refuse(self, job: _Exec, error: BaseException) -> None:
        if job.pipes:
            job.pipes.close_theirs()
            job.pipes.close_ours()
        self._event({"event": "exec-failed", "exec": job.name, **failure(error)})

    def started(self, job: _Exec, master: int) -> None:
        """The process runs: serve its streams."""
        connect(job.streams, job.pipes, master)
        self._event({"event": "exec-started", "exec": job.name, "pid": job.pid})
        if job.fd >= 0:
            self._attach(job.name, job.streams, job.request, job.fd)
        job.request, job.pipes, job.fd = {}, None, -1

    def failed(self, job: _Exec, error: BaseException) -> None:
        """The process could not be."""
        del self._running[job.name]
        if job.pipes:
            job.pipes.close_ours()
        self._event({"event": "exec-failed", "exec": job.name, **failure(error)})
        if job.fd >= 0:
            os.close(job.fd)

    def _attach(self, name: str, streams: Streams, request: dict[str, Any], fd: int) -> None:
        streams.attach(
            fd,
            names=wanted(request),
            mux=bool(request.get("mux", not request.get("tty"))),
            stdin=bool(request.get("stdin")),
            once=True,
            keys=bytes.fromhex(request.get("detach_keys") or ""),
            pending=bytes.fromhex(request.get("pending") or ""),
            blocking=True,
            ended=lambda reason: self._event({"event": "exec-detached", "exec": name, "reason": reason}),
        )

    def resize(self, name: str, height: int, width: int) -> None:
        """Give the terminal another size. Raises NotFound, Conflict."""
        console.resize(self._get(name).streams, height, width)

    def signal(self, name: str, number: int) -> None:
        """Send a signal to the process. Raises NotFound."""
        os.kill(self._get(name).pid, number)

    def _get(self, name: str) -> _Exec:
        job = self._running.get(name)
        if job is None or not job.pid:
            raise NotFound(f"no such running exec: {name}")
        return job

    def ended(self, job: _Exec, status: int) -> None:
        """The process was reaped."""
        name, ended = job.name, self._running.pop(job.name)
        code, number = outcome(status)

        def finish() -> None:
            timer.cancel()
            ended.streams.on_end = None
            ended.streams.drain()
            self._event({"event": "exec-exit", "exec": name, "code": code, "signal": number})
            ended.streams.finish(code if ended.tells else -1)
            if not ended.streams.flushed:
                self._ending.append(ended.streams)

        timer = self._loop.after(DRAIN if ended.streams.open else 0.0, finish)
        ended.streams.on_end = finish

    def kill(self) -> None:
        """Kill all of them; they are reaped by the loop."""
        for each in self._running.values():
            if each.pid:
                os.kill(each.pid, signals.KILL)


def connect(streams: Streams, pipes: Ends | None, master: int) -> None:
    """Let ``streams`` serve a process that was started with our ends of ``pipes``, or with a terminal."""
    if pipes is None:
        console.take(streams, master)
        return
    streams.read_from("stdout", pipes.stdout)
    streams.read_from("stderr", pipes.stderr)
    if pipes.stdin >= 0:
        streams.write_to(pipes.stdin, terminal=False)


def wanted(request: dict[str, Any]) -> frozenset[str]:
    """The outputs that an attach or exec request asks for; both when it names none."""
    names = [name for name in ("stdout", "stderr") if request.get(name, True)]
    return frozenset(names)


def failure(error: BaseException) -> dict[str, Any]:
    """The fields of a ``failed`` event."""
    if isinstance(error, SandboxFailed):
        told = {"stage": error.stage, "errno": error.errno, "message": str(error), "exit_code": error.exit_code}
        return {**told, "inside": True} if error.inside else told
    errno, message = 0, str(error) or repr(error)
    if isinstance(error, OSError) and error.strerror:
        errno, where = error.errno or 0, f"{os.fsdecode(error.filename)}: " if error.filename else ""
        message = f"{where}{error.strerror.lower()}"
    return {"stage": "keeper", "errno": errno, "message": message, "exit_code": 125}
