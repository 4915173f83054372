"""Steps on namespaces: joining them, becoming root in a new user namespace, host name, the loopback interface."""

from __future__ import annotations

import _socket
import fcntl
import os
import struct

from hutch.linux import libc, mount, namespaces
from hutch.runtime.mount_options import propagation_flag
from hutch.runtime.step import Inside, Step, StepFailed, strerror

_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1


class JoinNamespace(Step):
    """Enter an existing namespace of the given type by its file."""

    __slots__ = ("kind", "path")
    stage = "namespaces"
    reference = "setns(2)"

    def __init__(self, kind: str, path: str) -> None:
        self.kind = kind
        self.path = path

    def describe(self) -> str:
        return f"join the {self.kind} namespace {self.path}"

    def execute(self, inside: Inside) -> None:
        self.enter()

    def enter(self) -> None:
        """Enter it. Raises StepFailed, OSError."""
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as err:
            raise StepFailed(f"open {self.kind} namespace {self.path}: {strerror(err)}", err.errno or 0) from err
        try:
            if mount.filesystem_magic(fd) != mount.NSFS_MAGIC:
                raise StepFailed(f"{self.path} is not a namespace")
            namespaces.setns(fd, namespaces.FLAGS[self.kind], self.path)
        finally:
            os.close(fd)


class NewNamespace(Step):
    """A namespace that can only be made once the process is where it belongs (cgroup, time)."""

    __slots__ = ("kind",)
    stage = "namespaces"
    reference = "unshare(2)"

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def describe(self) -> str:
        return f"new {self.kind} namespace"

    def execute(self, inside: Inside) -> None:
        if self.kind == "cgroup":
            with open("/proc/self/cgroup") as file:
                inside.cgroups = file.read()
        namespaces.unshare(namespaces.FLAGS[self.kind])


class UserRoot(Step):
    """Become uid 0 and gid 0 of the new user namespace, with all its capabilities."""

    __slots__ = ()
    stage = "user namespace"
    reference = "user_namespaces(7)"

    def describe(self) -> str:
        return "become root of the user namespace"

    def execute(self, inside: Inside) -> None:
        libc.check(libc.held.setresgid(0, 0, 0), "setresgid")
        libc.check(libc.held.setresuid(0, 0, 0), "setresuid")


class LoopbackUp(Step):
    """Bring the loopback interface of a new network namespace up."""

    __slots__ = ()
    stage = "loopback"
    reference = "netdevice(7), SIOCSIFFLAGS"

    def describe(self) -> str:
        return "loopback interface up"

    def execute(self, inside: Inside) -> None:
        sock = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
        try:
            request = fcntl.ioctl(sock.fileno(), _SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
            flags = struct.unpack("16sh14x", request)[1]
            fcntl.ioctl(sock.fileno(), _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))
        finally:
            sock.close()


class Propagation(Step):
    """How mounts of the host and of the new mount namespace see each other."""

    __slots__ = ("mode",)
    stage = "mount namespace"
    reference = "mount_namespaces(7)"

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def describe(self) -> str:
        if self.mode in ("rslave", "rprivate"):
            return f"make every mount {self.mode}, so that nothing mounted here appears on the host"
        return f"make the root mount {self.mode}"

    def execute(self, inside: Inside) -> None:
        mount.mount(None, "/", None, propagation_flag(self.mode))


class Hostname(Step):
    """Set the host name."""

    __slots__ = ("name",)
    stage = "hostname"
    reference = "sethostname(2)"

    def __init__(self, name: str) -> None:
        self.name = name

    def describe(self) -> str:
        return f"host name {self.name}"

    def execute(self, inside: Inside) -> None:
        _socket.sethostname(self.name)


class Domainname(Step):
    """Set the NIS domain name."""

    __slots__ = ("name",)
    stage = "domainname"
    reference = "setdomainname(2)"

    def __init__(self, name: str) -> None:
        self.name = name

    def describe(self) -> str:
        return f"domain name {self.name}"

    def execute(self, inside: Inside) -> None:
        value = self.name.encode()
        libc.check(libc.held.setdomainname(value, len(value)), self.name)
