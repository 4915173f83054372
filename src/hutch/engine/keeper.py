"""The engine's side of one keeper: the process that holds a running container (docs/map.md, "Keeper").

Events come in the order in which things happened and are handed on at once, in the loop, so that what the engine
records has that order too. Requests are answered; a keeper that is gone fails them with Unavailable.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from typing import Any, Protocol

from hutch.engine.packets import Json, Packets
from hutch.model.errors import Unavailable


class Watcher(Protocol):
    """Who is told what happens in a keeper."""

    def started(self, pid: int, at: int) -> None:
        """The container's process runs."""

    def exited(self, code: int, signal: int, oom: bool, at: int) -> None:
        """The container's process has ended."""

    def oom(self) -> None:
        """The kernel killed something in it for lack of memory."""

    def detached(self, seq: int, reason: str) -> None:
        """An attached client left by its detach keys, by end of file, or was too slow."""

    def exec_exited(self, exec_id: str, code: int) -> None:
        """A further process has ended."""

    def lost(self) -> None:
        """The keeper is gone."""


class Created:
    """The namespaces exist: the process that waits in them and, if it has its own network, that namespace."""

    __slots__ = ("netns", "pid")

    def __init__(self, pid: int, netns: int | None) -> None:
        self.pid = pid
        self.netns = netns


class Keeper:
    """A connection to one keeper."""

    def __init__(self, sock: socket.socket, container: str, watcher: Watcher) -> None:
        self._watcher = watcher
        loop = asyncio.get_running_loop()
        self.ended = asyncio.Event()
        """Set when the keeper is gone, and with it the cgroup and the sockets of its container."""
        self.created: asyncio.Future[Created] = loop.create_future()
        """Done when the sandbox stands; its ``netns`` descriptor is then the caller's."""
        self.outcome: asyncio.Future[Json] = loop.create_future()
        """The ``started`` or ``failed`` event of the start."""
        self._execs: dict[str, asyncio.Future[Json]] = {}
        self._status: asyncio.Future[Json] | None = None
        self._packets = Packets(sock, f"the keeper of container {container}", self._event, self._gone)

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._packets.closed

    def hold(self) -> None:
        """Have room for the descriptor that ``created`` brings. Raises OSError when there is none."""
        self._packets.hold(1)

    def start(self) -> None:
        """Let the container's process begin."""
        self._packets.send({"op": "start"})

    def attach(self, stream: int, seq: int, message: Json) -> None:
        """Give the keeper a client's connection; the caller keeps its own descriptor. See :meth:`number`."""
        self._packets.send({"op": "attach", "seq": seq, **message}, (stream,))

    def number(self) -> int:
        """A number for an attachment, which its ``detached`` event repeats."""
        return self._packets.number()

    async def ask(self, op: str, fds: Sequence[int] = (), **fields: Any) -> Json:
        """A request without further events: resize, signal, pause, resume, update, exec-resize, exec-signal."""
        answer, _ = await self._packets.ask({"op": op, **fields}, fds)
        return answer

    async def exec(self, exec_id: str, message: Json, stream: int | None) -> Json:
        """Start a further process; its ``exec-started`` or ``exec-failed`` event."""
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._execs[exec_id] = future
        try:
            self._packets.send({"op": "exec", "exec": exec_id, **message}, () if stream is None else (stream,))
            return await future
        finally:
            self._execs.pop(exec_id, None)

    async def status(self) -> Json:
        """What the keeper knows of its container."""
        self._status = asyncio.get_running_loop().create_future()
        self._packets.send({"op": "status"})
        return await self._status

    def release(self) -> None:
        """The exit is recorded: let the keeper clean up and end. Does nothing when it is gone already."""
        if not self._packets.closed:
            self._packets.send({"op": "release"})

    def close(self) -> None:
        """Let go of the connection; the keeper and its container live on."""
        self._packets.close()

    def _event(self, message: Json, fds: list[int]) -> None:
        kind = message.get("event")
        if kind == "created":
            self._sandbox_stands(message, fds)
            return
        for fd in fds:
            os.close(fd)
        if kind == "started":
            self._watcher.started(int(message.get("pid", 0)), int(message.get("at", 0)))
            _settle(self.outcome, message)
        elif kind == "failed":
            _settle(self.outcome, message)
            if not self.created.done():
                self.created.set_result(Created(0, None))
        elif kind == "exit":
            signal, oom = int(message.get("signal") or 0), bool(message.get("oom"))
            self._watcher.exited(int(message.get("code") or 0), signal, oom, int(message.get("at", 0)))
        else:
            self._lesser_event(kind, message)

    def _lesser_event(self, kind: object, message: Json) -> None:
        if kind in ("exec-started", "exec-failed"):
            if (future := self._execs.get(str(message.get("exec")))) is not None:
                _settle(future, message)
        elif kind == "exec-exit":
            self._watcher.exec_exited(str(message.get("exec")), int(message.get("code") or 0))
        elif kind == "detached":
            self._watcher.detached(int(message.get("seq") or 0), str(message.get("reason")))
        elif kind == "oom":
            self._watcher.oom()
        elif kind == "status" and self._status is not None:
            _settle(self._status, message)

    def _sandbox_stands(self, message: Json, fds: list[int]) -> None:
        netns = fds.pop(0) if fds else None
        self._packets.hold(0)
        for fd in fds:
            os.close(fd)
        if self.created.done():
            if netns is not None:
                os.close(netns)
            return
        self.created.set_result(Created(int(message.get("pid", 0)), netns))

    def _gone(self) -> None:
        self.ended.set()
        error = Unavailable(f"{self._packets.name} is gone")
        waiting: list[asyncio.Future[Any]] = [self.created, self.outcome, *self._execs.values()]
        if self._status is not None:
            waiting.append(self._status)
        for future in waiting:
            if not future.done():
                future.set_exception(error)
                future.exception()
        self._watcher.lost()


def _settle(future: asyncio.Future[Json], message: Json) -> None:
    if not future.done():
        future.set_result(message)


def connect(path: str) -> socket.socket:
    """A connection to a keeper that a former daemon left, or to the launcher. Raises OSError.

    The way there goes by the folder's descriptor: a socket's path may have 107 bytes only (unix(7)).
    """
    folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        try:
            sock.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
        except BaseException:
            sock.close()
            raise
    finally:
        os.close(folder)
    return sock
