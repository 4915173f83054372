"""The keeper's talk with daemons: the first connection from the launcher, later ones to ``keeper.sock``.

Several may be open; the newest gets the events. A daemon that does not read what it is sent is disconnected: it can
come back and ask for the status, and the container is never held up.
"""

from __future__ import annotations

import _socket
import os
from collections.abc import Callable

from hutch.linux.sockets import accept_own
from hutch.model.errors import HutchError
from hutch.runtime.keeper.loop import GONE, READ, Loop
from hutch.runtime.stages.channel import Channel, Closed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Message = dict[str, Any]
    Handler = Callable[[Message, list[int]], None]

_BACKLOG = 8


class Control:
    """Receives requests, answers those that carry ``seq``, and sends events.

    ``handle(message, fds)`` does a request; what it raises becomes the answer. It owns the descriptors it takes out
    of the list; the rest is closed here. ``alone()`` is called when the last connection went away.
    """

    def __init__(self, loop: Loop, handle: Handler, alone: Callable[[], None]) -> None:
        self._loop = loop
        self._handle = handle
        self._alone = alone
        self._channels: list[Channel] = []
        self._listener: _socket.socket | None = None

    @property
    def connected(self) -> bool:
        """Whether any daemon is there."""
        return bool(self._channels)

    def add(self, channel: Channel) -> None:
        """Serve one more connection."""
        channel.sock.setblocking(False)
        self._channels.append(channel)
        self._loop.watch(channel.fileno(), READ, lambda events: self._ready(channel, events))

    def serve(self, listener: _socket.socket) -> None:
        """Accept connections of our own user at what :func:`listen` made."""
        self._listener = listener
        self._loop.watch(listener.fileno(), READ, lambda _events: self._accept())

    def _accept(self) -> None:
        if self._listener is not None and (sock := accept_own(self._listener)) is not None:
            self.add(Channel(sock))

    def _ready(self, channel: Channel, events: int) -> None:
        if not events & READ and events & GONE:
            self.drop(channel)
            return
        try:
            message, fds, _ = channel.receive()
        except BlockingIOError:
            return
        except (Closed, OSError, ValueError):
            self.drop(channel)
            return
        try:
            self._handle(message, fds)
            answer: Message = {"ok": True}
        except HutchError as error:
            answer = {"ok": False, "kind": error.kind, "message": str(error)}
        except OSError as error:
            answer = {"ok": False, "kind": "system", "message": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            text = f"malformed keeper request {message.get('op')!r}: {error!r}"
            answer = {"ok": False, "kind": "invalid", "message": text}
        for fd in fds:
            os.close(fd)
        if "seq" in message:
            self._send(channel, {**answer, "seq": message["seq"]}, ())

    def event(self, message: Message, fds: tuple[int, ...] = ()) -> None:
        """Tell the newest connection, if there is one."""
        if self._channels:
            self._send(self._channels[-1], message, fds)

    def _send(self, channel: Channel, message: Message, fds: tuple[int, ...]) -> None:
        if channel not in self._channels:
            return
        try:
            channel.send(message, fds)
        except Closed:
            return  # what it asked for before it went may wait unread: dropped when that has been read
        except OSError:
            self.drop(channel)

    def drop(self, channel: Channel) -> None:
        """Disconnect."""
        if channel not in self._channels:
            return
        self._channels.remove(channel)
        self._loop.forget(channel.fileno())
        channel.close()
        if not self._channels:
            self._alone()

    def close(self) -> None:
        """Disconnect all and listen no more."""
        for channel in self._channels:
            self._loop.forget(channel.fileno())
            channel.close()
        self._channels = []
        if self._listener is not None:
            self._loop.forget(self._listener.fileno())
            self._listener.close()
            self._listener = None


def listen(path: str) -> _socket.socket:
    """A listening socket at ``path``, for us only. Raises OSError."""
    folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    kind = _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC | _socket.SOCK_NONBLOCK
    listener = _socket.socket(_socket.AF_UNIX, kind)
    try:
        name = f"/proc/self/fd/{folder}/{os.path.basename(path)}"  # sun_path is short, container paths are not
        if os.path.lexists(name):
            os.unlink(name)
        mask = os.umask(0o177)
        try:
            listener.bind(name)
        finally:
            os.umask(mask)
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    finally:
        os.close(folder)
    return listener
