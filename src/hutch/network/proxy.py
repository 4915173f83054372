"""The userland proxy: a process of its own that holds published ports and carries loopback and IPv6 connections.

Run as a file by ``python -I -S`` with the number of its control socket as argument; it imports nothing of hutch. The
daemon binds the ports (so it sees why a bind fails) and hands the sockets over; a daemon that is gone or restarting
interrupts nothing. It ends by itself when it has carried nothing for some seconds, and at once when the daemon has left
too. Traffic from outside does not come this way: the packet filter translates it in the kernel.

Control: seqpacket, one JSON object a message, one answer each.

    {"op":"add","owner":id,"key":text,"kind":"tcp"|"udp"|"sctp","target":[ip,port]} + the socket
    {"op":"remove","owner":id}
    {"op":"list","after":n}       -> {"ok":true,"keys":[[owner,key],...],"pid":n}   at most 200 from the n-th on
"""

from __future__ import annotations

import collections
import contextlib
import errno
import json
import os
import select
import signal
import socket
import struct
import sys
import time

if False:  # for the type checker: importing typing costs memory that every host pays
    from collections.abc import Callable
    from typing import Any

_CHUNK = 1 << 16
_UDP_IDLE = 90.0
_UDP_FLOWS = 1024
_LINGER = 5.0
_MESSAGE = 1 << 16


class Loop:
    """epoll with one callback a descriptor."""

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.handlers: dict[int, Callable[[int, int], None]] = {}

    def watch(self, fd: int, events: int, handler: Callable[[int, int], None]) -> None:
        """Begin to watch ``fd``."""
        self.handlers[fd] = handler
        self.epoll.register(fd, events)

    def change(self, fd: int, events: int) -> None:
        """Watch ``fd`` for other events."""
        self.epoll.modify(fd, events)

    def forget(self, fd: int) -> None:
        """Stop to watch ``fd``."""
        if self.handlers.pop(fd, None) is not None:
            self.epoll.unregister(fd)

    def turn(self, timeout: float) -> None:
        """Wait once and call the handlers of what is ready."""
        for fd, events in self.epoll.poll(timeout, 64):
            handler = self.handlers.get(fd)
            if handler is not None:
                handler(fd, events)


class Pipe:
    """One direction of a connection: at most one chunk waiting, end of file passed on."""

    __slots__ = ("closed", "data", "ended", "sink", "source")

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self.source = source
        self.sink = sink
        self.data = b""
        self.ended = False
        self.closed = False

    def pump(self, readable: bool, writable: bool) -> None:
        """Move what can be moved. Raises OSError when a side is broken."""
        if readable and not self.data and not self.ended:
            try:
                self.data = self.source.recv(_CHUNK)
                self.ended = not self.data
            except BlockingIOError:
                pass
            writable = True
        if writable and self.data:
            with contextlib.suppress(BlockingIOError):
                self.data = self.data[self.sink.send(self.data) :]
        if self.ended and not self.data and not self.closed:
            self.closed = True
            self.sink.shutdown(socket.SHUT_WR)


class Connection:
    """A client and its connection to the container."""

    def __init__(self, loop: Loop, client: socket.socket, server: socket.socket) -> None:
        self.loop = loop
        self.client = client
        self.server = server
        self.up = Pipe(client, server)
        self.down = Pipe(server, client)
        self.connected = False
        loop.watch(server.fileno(), select.EPOLLOUT, self.ready)
        self.events = {server.fileno(): select.EPOLLOUT}

    def ready(self, fd: int, events: int) -> None:
        """Move data; close everything when either side is broken."""
        try:
            if not self.connected:
                self._connect()
            if self.connected:
                readable = bool(events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLRDHUP | select.EPOLLERR))
                writable = bool(events & select.EPOLLOUT)
                mine = fd == self.client.fileno()
                (self.up if mine else self.down).pump(readable, False)
                (self.down if mine else self.up).pump(False, writable)
                if events & select.EPOLLERR:
                    raise OSError(errno.ECONNRESET, "broken")
                if self.up.closed and self.down.closed:
                    self.close()
                    return
            self._rearm()
        except OSError:
            self.close(reset=True)

    def _connect(self) -> None:
        code = self.server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        self.connected = True
        self.events[self.client.fileno()] = 0
        self.loop.watch(self.client.fileno(), 0, self.ready)

    def _rearm(self) -> None:
        for sock, reading, writing in ((self.client, self.up, self.down), (self.server, self.down, self.up)):
            wanted = 0
            if not reading.data and not reading.ended:
                wanted |= select.EPOLLIN
            if writing.data or not self.connected:
                wanted |= select.EPOLLOUT
            fd = sock.fileno()
            if fd in self.events and self.events[fd] != wanted:
                self.events[fd] = wanted
                if wanted == 0:
                    self.loop.forget(fd)  # or epoll would report the hang-up for ever
                elif fd in self.loop.handlers:
                    self.loop.change(fd, wanted)
                else:
                    self.loop.watch(fd, wanted, self.ready)

    def close(self, *, reset: bool = False) -> None:
        """End both sides; ``reset`` tells the client that the connection broke."""
        for sock in (self.client, self.server):
            self.loop.forget(sock.fileno())
            if reset and sock is self.client:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()


class StreamPort:
    """A listening socket."""

    def __init__(self, loop: Loop, sock: socket.socket, target: tuple[str, int]) -> None:
        self.loop = loop
        self.sock = sock
        self.target = target
        sock.setblocking(False)
        loop.watch(sock.fileno(), select.EPOLLIN, self.ready)

    def ready(self, _fd: int, _events: int) -> None:
        """Take the connections that wait."""
        for _ in range(16):
            try:
                client, _address = self.sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS):
                    time.sleep(0.05)  # full: let connections end instead of spinning
                return
            try:
                self._open(client)
            except OSError:
                client.close()

    def _open(self, client: socket.socket) -> None:
        client.setblocking(False)
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, self.sock.proto)
        server.setblocking(False)
        try:
            for sock in (client, server):
                if self.sock.proto in (0, socket.IPPROTO_TCP):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = server.connect_ex(self.target)
            if code not in (0, errno.EINPROGRESS):
                raise OSError(code, os.strerror(code))
            Connection(self.loop, client, server)
        except OSError:
            server.close()
            raise

    def tidy(self, _now: float) -> None:
        """Nothing ages here."""

    def close(self) -> None:
        """Free the port; connections go on."""
        self.loop.forget(self.sock.fileno())
        self.sock.close()


class DatagramPort:
    """A bound UDP socket: every client address gets a socket of its own towards the container."""

    def __init__(self, loop: Loop, sock: socket.socket, target: tuple[str, int]) -> None:
        self.loop = loop
        self.sock = sock
        self.target = target
        self.flows: collections.OrderedDict[Any, list[Any]] = collections.OrderedDict()
        self.back: dict[int, Any] = {}
        sock.setblocking(False)
        loop.watch(sock.fileno(), select.EPOLLIN, self.ready)

    def ready(self, _fd: int, _events: int) -> None:
        """Carry datagrams to the container."""
        for _ in range(64):
            try:
                data, client = self.sock.recvfrom(_CHUNK)
            except OSError:
                return
            flow = self.flows.get(client)
            try:
                if flow is None:
                    flow = self._open(client)
                flow[1] = time.monotonic()
                self.flows.move_to_end(client)
                flow[0].send(data)
            except OSError:
                continue

    def _open(self, client: Any) -> list[Any]:
        if len(self.flows) >= _UDP_FLOWS:
            self._drop(next(iter(self.flows)))
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.setblocking(False)
        server.connect(self.target)
        flow = [server, 0.0]
        self.flows[client] = flow
        self.back[server.fileno()] = client
        self.loop.watch(server.fileno(), select.EPOLLIN, self.answer)
        return flow

    def answer(self, fd: int, _events: int) -> None:
        """Carry datagrams back to the client."""
        client = self.back[fd]
        server = self.flows[client][0]
        try:
            data = server.recv(_CHUNK)
            self.sock.sendto(data, client)
            self.flows[client][1] = time.monotonic()
        except BlockingIOError:
            return
        except OSError:
            self._drop(client)

    def _drop(self, client: Any) -> None:
        server = self.flows.pop(client)[0]
        self.loop.forget(server.fileno())
        self.back.pop(server.fileno(), None)
        server.close()

    def tidy(self, now: float) -> None:
        """Forget clients that were silent for 90 seconds."""
        while self.flows:
            client, flow = next(iter(self.flows.items()))
            if now - flow[1] < _UDP_IDLE:
                return
            self._drop(client)

    def close(self) -> None:
        """Free the port and forget all clients."""
        for client in list(self.flows):
            self._drop(client)
        self.loop.forget(self.sock.fileno())
        self.sock.close()


class Proxy:
    """The control side: ports by owner."""

    def __init__(self, control: socket.socket) -> None:
        self.loop = Loop()
        self.ports: dict[tuple[str, str], StreamPort | DatagramPort] = {}
        self.sessions: dict[int, socket.socket] = {}
        self.control = control
        self.idle_since = time.monotonic()
        self.left = False
        control.setblocking(False)
        self.loop.watch(control.fileno(), select.EPOLLIN, self._accept)

    def _accept(self, _fd: int, _events: int) -> None:
        try:
            session, _address = self.control.accept()
        except OSError:
            return
        session.setblocking(False)
        self.sessions[session.fileno()] = session
        self.loop.watch(session.fileno(), select.EPOLLIN, self._command)

    def _command(self, fd: int, _events: int) -> None:
        session = self.sessions[fd]
        try:
            data, fds, _flags, _address = socket.recv_fds(session, _MESSAGE, 1)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        if not data:
            self.loop.forget(fd)
            del self.sessions[fd]
            session.close()
            self.left = True
            return
        try:
            answer = self._do(json.loads(data), fds)
        except Exception as error:
            answer = {"ok": False, "message": f"{type(error).__name__}: {error}"}
        finally:
            for left in fds:
                os.close(left)
        with contextlib.suppress(OSError):
            session.send(json.dumps(answer).encode())

    def _do(self, request: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        operation = request["op"]
        if operation == "add":
            host, port = request["target"]
            key = (str(request["owner"]), str(request["key"]))
            if key in self.ports:
                self.ports.pop(key).close()
            kind: type[StreamPort | DatagramPort] = DatagramPort if request["kind"] == "udp" else StreamPort
            self.ports[key] = kind(self.loop, socket.socket(fileno=fds.pop()), (host, port))
        elif operation == "remove":
            for key in [k for k in self.ports if k[0] == request["owner"]]:
                self.ports.pop(key).close()
            self.idle_since = time.monotonic()
        elif operation == "list":
            after = int(request.get("after", 0))
            keys = [list(k) for k in sorted(self.ports)[after : after + 200]]
            return {"ok": True, "keys": keys, "pid": os.getpid()}
        else:
            raise ValueError(f"unknown operation {operation}")
        return {"ok": True}

    def run(self) -> None:
        """Serve until there is nothing to hold and nobody to serve."""
        while True:
            self.loop.turn(2.0)
            now = time.monotonic()
            for port in list(self.ports.values()):
                port.tidy(now)
            if len(self.loop.handlers) > 1 + len(self.sessions):  # a port, or a connection that outlives its port
                self.idle_since = now
            elif now - self.idle_since > _LINGER or (self.left and not self.sessions):
                return


def main() -> None:
    """The process: its own session, deaf to the daemon's signals, and no child of the daemon's."""
    if os.fork():
        os._exit(0)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    Proxy(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
