"""SCMP_ACT_NOTIFY: hands the listener of a seccomp filter to the agent that answers its calls.

The process installs its filter and tells its parent the listener's number; the parent takes a copy of the descriptor
(pidfd_getfd(2)), for the process may not be able to send one any more, and passes it with the container's state to the
unix socket ``linux.seccomp.listenerPath`` (runtime-spec, config-linux.md, "Seccomp", The Container Process State).
"""

from __future__ import annotations

import _socket
import os
import struct

from hutch.linux import process
from hutch.model import json_text
from hutch.model.errors import Invalid
from hutch.runtime.stages.failure import SandboxFailed
from hutch.runtime.step import strerror

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from hutch.runtime.stages.channel import Channel

    Heard = Callable[[int], None]

_STATE = ("ociVersion", "id", "status", "pid", "bundle", "annotations")
ACTION = "SCMP_ACT_NOTIFY"


def uses(seccomp: dict[str, Any]) -> bool:
    """Whether a filter leaves calls to an agent. Pure."""
    return bool(seccomp.get("notify")) or any(call.get("action") == ACTION for call in seccomp.get("syscalls") or ())


def check(seccomp: dict[str, Any]) -> None:
    """Refuse what no runtime can do: the process itself has to write to its parent before the agent knows of it.

    Raises Invalid. Pure.
    """
    if seccomp.get("defaultAction") == ACTION:
        raise Invalid(f"{ACTION} cannot be used as default action")
    if not uses(seccomp):
        return
    if not seccomp.get("listenerPath"):
        raise Invalid(f"{ACTION} needs linux.seccomp.listenerPath")
    for call in seccomp.get("syscalls") or ():
        if call.get("action") == ACTION and "write" in (call.get("names") or ()):
            raise Invalid(f"{ACTION} cannot be used for the write syscall")


def listen(channel: Channel, heard: Heard | None) -> tuple[dict[str, object], list[int]]:
    """The next message of a child and its descriptors; ``heard`` is called for the listeners that it speaks of first.

    Raises Closed, SandboxFailed.
    """
    while True:
        message, fds, _ = channel.receive()
        if message.get("event") != "listener":
            return message, fds
        number = message.get("fd")
        if heard is None or not isinstance(number, int):
            raise SandboxFailed("nobody takes the listener of the seccomp filter", stage="seccomp")
        heard(number)
        channel.send({"op": "continue"})


def deliver(pidfd: int, number: int, seccomp: dict[str, Any], pid: int, state: dict[str, object]) -> None:
    """Pass descriptor ``number`` of the process behind ``pidfd`` to the agent. Raises SandboxFailed."""
    path = str(seccomp.get("listenerPath"))
    message = {
        "ociVersion": state.get("ociVersion"),
        "fds": ["seccompFd"],
        "pid": pid,
        "metadata": str(seccomp.get("listenerMetadata") or ""),
        "state": {name: state[name] for name in _STATE if state.get(name)},
    }
    try:
        fd = process.pidfd_getfd(pidfd, number)
        try:
            _send(path, json_text.encode(message).encode(), fd)
        finally:
            os.close(fd)
    except OSError as err:
        text = f"seccomp listener {path}: {strerror(err)}"
        raise SandboxFailed(text, stage="seccomp", errno=err.errno or 0) from err


def _send(path: str, data: bytes, fd: int) -> None:
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
    try:
        sock.connect(path)
        rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack("i", fd))]
        sent = sock.sendmsg([data], rights, _socket.MSG_NOSIGNAL)
        if sent < len(data):
            sock.sendall(data[sent:])
    finally:
        sock.close()
