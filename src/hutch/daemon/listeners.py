"""Where the daemon listens: unix sockets, TCP with and without TLS, sockets that systemd passes (LISTEN_FDS)."""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import socket
import stat
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hutch.model.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from hutch.daemon.config import Config

FIRST_PASSED = 3  # sd_listen_fds(3)
BACKLOG = 4096
"""Clients that may wait to be let in, as Go's: one that does not block is turned away beyond that."""
Warn = Callable[[str], None]


class Address:
    """One ``-H``: ``unix`` with a path, ``tcp`` with host and port, or ``fd`` with a number or name."""

    __slots__ = ("host", "kind", "path", "port", "text")

    def __init__(self, text: str, kind: str, *, path: str = "", host: str = "", port: int = 0) -> None:
        self.text = text
        self.kind = kind
        self.path = path
        self.host = host
        self.port = port


def parse(text: str, *, tls: bool) -> Address:
    """An address as ``-H`` takes it; without a scheme it is TCP. Raises Invalid."""
    kind, found, rest = text.partition("://")
    if not found:
        kind, rest = "tcp", text
    if kind == "unix":
        path = rest or "/run/hutch.sock"
        if not path.startswith("/") or len(os.fsencode(path)) > 107:
            raise Invalid(f"invalid bind address ({text}): the path must be absolute and at most 107 bytes long")
        return Address(text, kind, path=path)
    if kind == "fd":
        return Address(text, kind, path=rest.strip("*"))
    if kind != "tcp":
        raise Invalid(f"invalid bind address ({text}): unsupported proto '{kind}'")
    host, port = _host_and_port(text, rest.rstrip("/"), 2376 if tls else 2375)
    return Address(text, kind, host=host, port=port)


def _host_and_port(text: str, rest: str, default: int) -> tuple[str, int]:
    if rest.startswith("["):
        host, _, tail = rest[1:].partition("]")
        port = tail.removeprefix(":")
    elif rest.count(":") > 1:
        raise Invalid(f"invalid bind address ({text}): too many colons in address")
    else:
        host, _, port = rest.partition(":")
    if "/" in host + port:
        raise Invalid(f"invalid bind address ({text}): should not contain a path element")
    if port and not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise Invalid(f"invalid bind address ({text}): invalid port {port}")
    return host or "127.0.0.1", int(port) if port else default


def open_unix(path: str, group: str | None, warn: Warn) -> socket.socket:
    """A listening unix socket of mode 0660 and ``group``; a socket nobody listens on any more is replaced.

    It is made under a name of its own with no access for others and renamed when owner and mode are right.
    """
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    before = os.umask(0o177)
    try:
        listener.bind(path)
        os.chown(path, -1, _group_id(group, warn), follow_symlinks=False)
        os.chmod(path, 0o660)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _clear(path: str) -> None:
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise Conflict(f"can't create unix socket {path}: it exists and is not a socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as probe:
        probe.settimeout(1)
        with contextlib.suppress(ConnectionRefusedError, FileNotFoundError):
            probe.connect(path)
            raise Conflict(f"can't create unix socket {path}: a daemon listens on it", hint="name another with -H")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _group_id(group: str | None, warn: Warn) -> int:
    if group == "":
        return -1
    name = "docker" if group is None else group
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        if name.isascii() and name.isdigit():
            return int(name)
    if group is None:
        warn("could not change group of the socket to docker: group docker not found")
        return os.getegid()
    raise NotFound(f"group {name} not found", hint="make it, or name another with -G")


def open_tcp(host: str, port: int) -> list[socket.socket]:
    """Listening sockets on every address of ``host``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    with contextlib.ExitStack() as undo:
        listeners = [undo.enter_context(_listen(family, address)) for family, _, _, _, address in found]
        undo.pop_all()
    return listeners


def _listen(family: int, address: tuple[object, ...]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Conflict(f"listen tcp {address[0]}:{address[1]}: bind: address already in use") from None
        raise
    return listener


def take_passed(wanted: str, environment: Mapping[str, str]) -> list[socket.socket]:
    """The sockets that systemd passed: all, or the one with the number or name ``wanted`` (sd_listen_fds(3))."""
    mine = environment.get("LISTEN_PID") == str(os.getpid()) and environment.get("LISTEN_FDS", "").isdigit()
    count = int(environment["LISTEN_FDS"]) if mine else 0
    if not count:
        raise Invalid("no sockets found via socket activation: make sure the service was started by systemd")
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    numbers = range(FIRST_PASSED, FIRST_PASSED + count)
    if wanted:
        chosen = [n for i, n in enumerate(numbers) if str(n) == wanted or (i < len(names) and names[i] == wanted)]
        if not chosen:
            raise Invalid(f"no sockets found via socket activation with the name {wanted}")
    else:
        chosen = list(numbers)
    sockets = []
    for number in chosen:
        os.set_inheritable(number, False)
        sockets.append(socket.socket(fileno=number))
        sockets[-1].setblocking(False)
    return sockets


def addresses(config: Config) -> list[Address]:
    """Every ``-H``, parsed and each once."""
    found: dict[str, Address] = {}
    for text in config.hosts:
        address = parse(text, tls=config.tls.enabled)
        found.setdefault(address.text, address)
    return list(found.values())
