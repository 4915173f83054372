"""Volumes of the local driver that are a mount: options ``type``, ``device`` and ``o`` (mount(8)).

Such a volume is mounted at its ``_data`` while a running container uses it, once for all of them, where the machine's
other programs see it too: that is what its users ask for, and the one mount that hutch makes in the host's own table.
What is mounted is decided by :func:`plan`, which is pure.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from typing import NamedTuple

from hutch.linux import mount as kernel
from hutch.linux import paths
from hutch.model.errors import System
from hutch.runtime import mount_options

_NETWORKED = ("nfs", "nfs4", "cifs")
_SHOWN_FLAGS = {"ro": 0x1, "nosuid": 0x2, "nodev": 0x4, "noexec": 0x8, "bind": 0x1000, "rbind": 0x5000}
_DETACH_NOFOLLOW = 0x2 | 0x8  # MNT_DETACH, UMOUNT_NOFOLLOW


class Plan(NamedTuple):
    """A file system of ``kind`` on ``device``, or a bind of the folder ``device``, with mount options."""

    kind: str
    device: str
    options: tuple[str, ...]

    def describe(self, target: str) -> str:
        """The call as it is told in an error."""
        flags = sum(_SHOWN_FLAGS.get(option, 0) for option in self.options)
        data = ",".join(option for option in self.options if option not in _SHOWN_FLAGS)
        text = f"mount {self.device}:{target}"
        return text + (f", flags: {flags:#x}" if flags else "") + (f", data: {data}" if data else "")


def plan(options: Mapping[str, str] | None) -> Plan | None:
    """What the volume's options say to mount; None for a volume that is a plain folder."""
    if not options or not options.get("device"):
        return None
    words = tuple(word for word in options.get("o", "").split(",") if word)
    return Plan(options.get("type", ""), options["device"], words)


def mount(what: Plan, target: str) -> None:
    """Mount it at the folder ``target``. Raises System in Docker's words."""
    try:
        made = _make(what)
        try:
            place = os.open(target, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                kernel.move_mount(made, place, target)
            finally:
                os.close(place)
        finally:
            os.close(made)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        text = f"failed to mount local volume: {what.describe(target)}: {reason}"
        raise System(f"error while mounting volume '{target}': {text}") from error


def _make(what: Plan) -> int:
    options = mount_options.parse(list(what.options))
    if not options.bind:
        return kernel.new_mount(what.kind, what.device, tuple(_addressed(what.kind, options.data)), options.set)
    source = os.open(what.device, os.O_PATH | os.O_CLOEXEC)
    try:
        made = kernel.clone_tree(source, recursive=options.recursive)
    finally:
        os.close(source)
    if options.set or options.clear:
        kernel.mount_setattr(made, add=options.set, clear=options.clear)
    return made


def _addressed(kind: str, data: list[str]) -> list[str]:
    """The options with the name of a server as its address: the kernel knows no names."""
    out = []
    for option in data:
        key, equals, value = option.partition("=")
        if key == "addr" and equals and kind in _NETWORKED:
            option = f"addr={socket.getaddrinfo(value, None)[0][4][0]}"
        out.append(option)
    return out


def unmount(target: str) -> None:
    """Take away what is mounted at ``target``; nothing, if nothing is. What containers have of it stays theirs."""
    while is_mounted(target):
        kernel.umount(target, _DETACH_NOFOLLOW)


def is_mounted(target: str) -> bool:
    """Whether something is mounted at the folder (mountinfo: ``st_dev`` does not tell a bind)."""
    wanted = target.replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011").replace("\n", "\\012")
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return any(line.split(" ", 5)[4] == wanted for line in file)


def check(base: str, subpath: str) -> None:
    """Raise System unless something is at ``subpath`` below ``base``; links may be on the way, but not out of it."""
    folder = os.open(base, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.close(paths.openat2(folder, subpath, os.O_PATH, resolve=paths.BENEATH))
    except OSError as error:
        if error.errno == errno.EXDEV:
            text = f"path concatenation escapes the base directory, base: {base}, subpath: {subpath}"
            raise System(text) from None
        path = f"{base}/{subpath}"
        raise System(f"cannot access path {path}: lstat {path}: {(error.strerror or '').lower()}") from None
    finally:
        os.close(folder)
