"""The daemon's end of the userland proxy: binds host ports, hands them over, starts the process when first needed."""

from __future__ import annotations

import errno
import ipaddress
import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from hutch.model.errors import System, Unavailable
from hutch.network import proxy
from hutch.network.bindings import Binding

_TIMEOUT = 10.0
_WORDS = {
    errno.EADDRINUSE: "address already in use",
    errno.EADDRNOTAVAIL: "cannot assign requested address",
    errno.EACCES: "permission denied",
}


def bind_port(binding: Binding, target: ipaddress.IPv4Address) -> socket.socket:
    """A socket bound to the host port, so that nobody else gets it; listening for stream protocols.

    ``target`` is the container's address, for the text. Raises System in Docker's words, also when the kernel has no
    sctp.
    """
    family = socket.AF_INET6 if ":" in binding.host_ip else socket.AF_INET
    kind = socket.SOCK_DGRAM if binding.protocol == "udp" else socket.SOCK_STREAM
    number = 132 if binding.protocol == "sctp" else 0
    try:
        sock = socket.socket(family, kind | socket.SOCK_CLOEXEC, number)
    except OSError as error:
        raise System(_bind_text(binding, target, error)) from None
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((binding.host_ip, binding.host_port))
        if kind == socket.SOCK_STREAM:
            sock.listen(512)
    except OSError as error:
        sock.close()
        raise System(_bind_text(binding, target, error)) from None
    return sock


def _bind_text(binding: Binding, target: ipaddress.IPv4Address, error: OSError) -> str:
    address = f"[{binding.host_ip}]" if ":" in binding.host_ip else binding.host_ip
    words = _WORDS.get(error.errno or 0, (error.strerror or "").lower())
    return f"failed to bind host port for {address}:{binding.host_port}:{target}:{binding.port}: {words}"


class Proxies:
    """The proxy process behind ``socket_path``. Usable from several threads, one request at a time.

    ``lost`` is called, on any thread, when the process has ended: a request finds it so, or :meth:`ended` is told.
    """

    def __init__(self, socket_path: str, lost: Callable[[], object] = lambda: None) -> None:
        self._path = socket_path
        self._session: socket.socket | None = None
        self._lost = lost
        self._lock = threading.Lock()
        self.ends = select.epoll()
        """Readable when the process has ended: :meth:`ended` is to be called then."""

    def add(self, owner: str, binding: Binding, target: ipaddress.IPv4Address, sock: socket.socket) -> None:
        """Hand a bound socket over, to be relayed to the container. Raises Unavailable if the proxy does not work."""
        key = f"{binding.protocol}/{binding.host_ip}/{binding.host_port}"
        request = {"op": "add", "owner": owner, "key": key, "kind": binding.protocol}
        self._ask({**request, "target": [str(target), binding.container_port]}, sock)

    def remove(self, owner: str) -> None:
        """Free all ports of a container; nothing happens when no proxy runs."""
        if self._runs():
            self._ask({"op": "remove", "owner": owner})

    def owners(self) -> dict[str, set[str]]:
        """What a running proxy holds: keys ("tcp/0.0.0.0/8080") by container; empty when none runs."""
        if not self._runs():
            return {}
        held: dict[str, set[str]] = {}
        after = 0
        while True:
            keys = self._ask({"op": "list", "after": after})["keys"]
            for owner, key in keys:
                held.setdefault(owner, set()).add(key)
            if not keys:
                return held
            after += len(keys)

    def ended(self) -> None:
        """See whether the process has ended."""
        if self.ends.poll(0):
            self._lost()

    def close(self) -> None:
        """Let go of the proxy; it goes on while it holds ports."""
        self.ends.close()
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _ask(self, request: dict[str, Any], sock: socket.socket | None = None) -> dict[str, Any]:
        with self._lock:
            for attempt in (1, 2):
                if self._session is None and not self._connect():
                    self._spawn()
                assert self._session is not None
                try:
                    data = json.dumps(request).encode()
                    socket.send_fds(self._session, [data], [sock.fileno()] if sock is not None else [])
                    answer = self._session.recv(1 << 18)
                    if answer:
                        break
                except OSError as error:
                    if attempt == 2:
                        raise Unavailable(f"userland proxy: {error}") from error
                self._session.close()  # and nothing more is heard of its end
                self._session = None
                self._lost()
            else:
                raise Unavailable("userland proxy ended unexpectedly")
        result: dict[str, Any] = json.loads(answer)
        if not result["ok"]:
            raise System(f"userland proxy: {result['message']}")
        return result

    def _runs(self) -> bool:
        """Whether there is one, without starting it."""
        with self._lock:
            if self._session is not None:
                looked = select.poll()
                looked.register(self._session, select.POLLIN)
                if looked.poll(0):  # it speaks only when asked: this is the end
                    self._session.close()
                    self._session = None
            return self._session is not None or self._connect()

    def _connect(self) -> bool:
        session = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        session.settimeout(_TIMEOUT)
        try:
            session.connect(self._path)
        except OSError:
            session.close()
            return False
        if not self.ends.closed:
            self.ends.register(session, select.EPOLLRDHUP | select.EPOLLONESHOT)  # a hang-up is told in any case
        self._session = session
        return True

    def _spawn(self) -> None:
        """Start the process on a fresh control socket; it lives on without the daemon."""
        if os.path.lexists(self._path):
            os.unlink(self._path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC) as listener:
            listener.bind(self._path)
            os.chmod(self._path, 0o600)
            listener.listen(8)
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", os.path.abspath(proxy.__file__), str(listener.fileno())],
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
            process.wait(_TIMEOUT)  # its child is the proxy, so that nobody has to wait for that when it ends
            if not self._connect():
                raise Unavailable(f"userland proxy does not answer on {self._path}")
