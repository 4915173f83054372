"""JSON messages with file descriptors over a SOCK_SEQPACKET socket, in the event loop.

The launcher and the keepers speak it (docs/map.md). One datagram is one message (unix(7)); a request carries ``seq``
and its answer repeats it, everything else is an event. Nothing here blocks: what the socket does not take waits.
"""

from __future__ import annotations

import array
import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from hutch.model.errors import HutchError, Invalid, Unavailable, from_kind

Json = dict[str, Any]
Event = Callable[[Json, list[int]], None]

MOST = 1 << 20
"""Bytes of one message."""
_FDS = 16
_WAITING = 1024


class Packets:
    """One connection. ``on_event`` gets every message that answers no request, with the descriptors it brought
    (then owned by the callee); ``on_close`` is called once, when the other side is gone or :meth:`close` was called.
    """

    def __init__(self, sock: socket.socket, name: str, on_event: Event, on_close: Callable[[], None]) -> None:
        sock.setblocking(False)
        self.name = name
        self._socket: socket.socket | None = sock
        self._loop = asyncio.get_running_loop()
        self._on_event = on_event
        self._on_close = on_close
        self._seq = 0
        self._asked: dict[int, asyncio.Future[tuple[Json, list[int]]]] = {}
        self._waiting: deque[tuple[bytes, list[int]]] = deque()
        self._room: list[int] = []
        self._loop.add_reader(sock.fileno(), self._readable)

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._socket is None

    def send(self, message: Json, fds: Sequence[int] = ()) -> None:
        """Send a message. The descriptors are duplicated if it has to wait; the caller keeps its own.

        Raises Unavailable when the connection is gone, Invalid when the message is too long for the socket.
        """
        if self._socket is None:
            raise Unavailable(f"{self.name} is gone")
        data = msgspec.json.encode(message)
        if self._waiting:
            self._queue(data, fds)
            return
        try:
            self._transmit(self._socket, data, fds)
        except BlockingIOError:
            self._queue(data, fds)
            self._loop.add_writer(self._socket.fileno(), self._writable)
        except OSError as error:
            if error.errno == 90:  # EMSGSIZE
                raise Invalid(f"{len(data)} bytes are more than a message to {self.name} can hold") from None
            self.close()
            raise Unavailable(f"{self.name} is gone: {error.strerror}") from None

    def hold(self, count: int) -> None:
        """Have room for ``count`` descriptors, which are to come with one message.

        What has been begun is not to fail for want of them: it is not begun. Raises OSError (EMFILE).
        """
        while len(self._room) > count:
            os.close(self._room.pop())
        while len(self._room) < count:
            self._room.append(os.eventfd(0, os.EFD_CLOEXEC))

    def number(self) -> int:
        """A fresh ``seq``, for a request whose later events repeat it."""
        self._seq += 1
        return self._seq

    async def ask(self, message: Json, fds: Sequence[int] = ()) -> tuple[Json, list[int]]:
        """Send a request and return its answer with its descriptors, now the caller's. A message that has no ``seq``
        gets one.

        Raises the error kind that the answer names if it says ``"ok": false``, Unavailable if the connection ends.
        """
        seq = int(message.get("seq") or self.number())
        future: asyncio.Future[tuple[Json, list[int]]] = self._loop.create_future()
        self._asked[seq] = future
        try:
            self.send({**message, "seq": seq}, fds)
            answer, got = await future
        finally:
            self._asked.pop(seq, None)
        if answer.get("ok") is False:
            _close(got)
            raise _error(answer)
        return answer, got

    def close(self) -> None:
        """Close the connection; requests under way fail with Unavailable."""
        sock, self._socket = self._socket, None
        if sock is None:
            return
        self._loop.remove_reader(sock.fileno())
        self._loop.remove_writer(sock.fileno())
        sock.close()
        self.hold(0)
        while self._waiting:
            _close(self._waiting.popleft()[1])
        for future in self._asked.values():
            if not future.done():
                future.set_exception(Unavailable(f"{self.name} is gone"))
        self._on_close()

    def _queue(self, data: bytes, fds: Sequence[int]) -> None:
        if len(self._waiting) >= _WAITING:
            raise Unavailable(f"{self.name} does not read its messages")
        self._waiting.append((data, [os.dup(fd) for fd in fds]))

    @staticmethod
    def _transmit(sock: socket.socket, data: bytes, fds: Sequence[int]) -> None:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        sock.sendmsg([data], rights, socket.MSG_NOSIGNAL)

    def _writable(self) -> None:
        assert self._socket is not None
        while self._waiting:
            data, fds = self._waiting[0]
            try:
                self._transmit(self._socket, data, fds)
            except BlockingIOError:
                return
            except OSError:
                self.close()
                return
            self._waiting.popleft()
            _close(fds)
        self._loop.remove_writer(self._socket.fileno())

    def _readable(self) -> None:
        for _ in range(64):
            if self._socket is None:
                return
            held = len(self._room)
            self.hold(0)
            try:
                data, rights, flags, _ = self._socket.recvmsg(
                    MOST, socket.CMSG_LEN(4 * _FDS), socket.MSG_CMSG_CLOEXEC | socket.MSG_DONTWAIT
                )
            except BlockingIOError:
                self._hold_again(held)
                return
            except OSError:
                self.close()
                return
            fds = _descriptors(rights)
            self._hold_again(held - len(fds))
            if not data or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                _close(fds)
                self.close()
                return
            self._dispatch(data, fds)

    def _hold_again(self, count: int) -> None:
        with suppress(OSError):  # another thread was quicker
            self.hold(max(0, count))

    def _dispatch(self, data: bytes, fds: list[int]) -> None:
        try:
            message = msgspec.json.decode(data, type=dict[str, Any])
        except msgspec.DecodeError:
            _close(fds)
            self.close()
            return
        future = self._asked.get(message.get("seq", 0)) if "event" not in message else None
        if future is not None and not future.done():
            future.set_result((message, fds))
        elif "event" in message:
            self._on_event(message, fds)
        else:
            _close(fds)


def _descriptors(rights: list[tuple[int, int, bytes]]) -> list[int]:
    out = array.array("i")
    for level, kind, data in rights:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            out.frombytes(data[: len(data) - len(data) % out.itemsize])
    return list(out)


def _error(answer: Json) -> HutchError:
    return from_kind(str(answer.get("kind", "")), str(answer.get("message") or "the request failed"))


def _close(fds: Sequence[int]) -> None:
    for fd in fds:
        os.close(fd)
