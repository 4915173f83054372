"""Datasets of ZFS through zfs(8) and zpool(8), as there is no stable interface below those programs.

They are run by absolute path in a fixed environment. What they say when they fail becomes an OSError with the number
that the kernel had, as far as their words tell it.

A dataset is mounted by ``mount.new_mount("zfs", name, ...)``. It may be mounted several times, either all times with
``ro`` or none (else EBUSY); a snapshot is always mounted with ``ro``.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Mapping

from hutch.linux import mount

MAGIC = 0x2FC12FC1
CONTROL = "/dev/zfs"
"""The device that both programs talk to the module through."""

_FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin", "/usr/local/bin")
_ENVIRONMENT = {"PATH": ":".join(_FOLDERS), "LC_ALL": "C"}
_PATIENCE = 600.0
"""Seconds for one command; most wait for the pool's next transaction group."""

_SAID = (
    ("does not exist", errno.ENOENT),
    ("no such pool", errno.ENOENT),
    ("already exists", errno.EEXIST),
    ("dependent clones", errno.ENOTEMPTY),
    ("is busy", errno.EBUSY),
    ("out of space", errno.ENOSPC),
    ("quota exceeded", errno.EDQUOT),
    ("read-only", errno.EROFS),
    ("permission denied", errno.EPERM),
    ("must be run as root", errno.EPERM),
)


def program(name: str = "zfs") -> str | None:
    """Path of the program ``name``, if it is installed."""
    return next((p for f in _FOLDERS if os.access(p := f"{f}/{name}", os.X_OK)), None)


def is_zfs(path: str) -> bool:
    """Whether ``path`` lies on ZFS. Raises OSError."""
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        return mount.filesystem_magic(fd) == MAGIC
    finally:
        os.close(fd)


def holding(path: str) -> str | None:
    """The dataset that ``path`` lies on, by this process's mount table; None if that does not show it.

    Raises OSError.
    """
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return on_device(file.read(), os.stat(path).st_dev)


def on_device(mountinfo: str, device: int) -> str | None:
    """The same for ``st_dev`` and the text of /proc/PID/mountinfo (proc_pid_mountinfo(5)). Pure."""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in mountinfo.splitlines():
        fields = line.split(" ")
        end = fields.index("-", 6)
        if fields[2] == number and fields[end + 1] == "zfs":
            return fields[end + 2].replace("\\040", " ")
    return None


def is_name(text: str) -> bool:
    """Whether ``text`` can name a file system: components of letters, digits and ``_ - . :`` and spaces. Pure."""
    return 0 < len(text) < 200 and all(
        part[:1].isalnum() and all(char.isascii() and (char.isalnum() or char in "_-.: ") for char in part)
        for part in text.split("/")
    )


def create(name: str, properties: Mapping[str, str]) -> None:
    """Make an empty file system with a root of mode 0755. Raises OSError."""
    _run("zfs", "create", *_set(properties), name)


def clone(snapshot: str, name: str, properties: Mapping[str, str]) -> None:
    """Make a file system that begins as ``snapshot``, which is not copied. Raises OSError."""
    _run("zfs", "clone", *_set(properties), snapshot, name)


def snapshot(name: str) -> None:
    """Make the snapshot ``dataset@name``; all that was written is on disk then. Raises OSError."""
    _run("zfs", "snapshot", name)


def destroy(name: str) -> None:
    """Remove a snapshot, or a file system with its snapshots and what is below it.

    Raises OSError: ENOENT if it is not there, EBUSY if it is mounted somewhere, ENOTEMPTY if it has clones.
    """
    _run("zfs", "destroy", "-r", name)


def clones(snapshot: str) -> list[str]:
    """The file systems that began as ``snapshot``. Raises OSError."""
    text = _run("zfs", "get", "-H", "-o", "value", "clones", snapshot).strip()
    return [] if text in ("", "-") else text.split(",")


def children(name: str) -> list[str]:
    """The file systems directly below the file system ``name``. Raises OSError."""
    return _run("zfs", "list", "-H", "-t", "filesystem", "-d", "1", "-o", "name", name).splitlines()[1:]


def properties(name: str, *wanted: str) -> dict[str, str]:
    """Values of properties, sizes as numbers of bytes. Raises OSError."""
    text = _run("zfs", "get", "-Hp", "-o", "property,value", ",".join(wanted), name)
    return {name: value for name, _, value in (line.partition("\t") for line in text.splitlines())}


def health(pool: str) -> str:
    """The state of a pool, such as ``ONLINE``. Raises OSError."""
    return _run("zpool", "list", "-H", "-o", "health", pool).strip()


def _set(properties: Mapping[str, str]) -> list[str]:
    return [word for name, value in properties.items() for word in ("-o", f"{name}={value}")]


def _run(name: str, *words: str) -> str:
    path = program(name)
    if path is None:
        raise FileNotFoundError(errno.ENOENT, f"there is no {name} command", name)
    try:
        done = subprocess.run(
            [path, *words],
            env=_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError(errno.ETIMEDOUT, f"no answer in {_PATIENCE:.0f} seconds", f"{name} {words[0]}") from None
    if done.returncode:
        raise failure(done.stderr or f"status {done.returncode}", f"{name} {words[0]}")
    return done.stdout


def failure(said: str, command: str) -> OSError:
    """The error for what a program wrote when it failed: its first line. Pure."""
    text = said.strip().partition("\n")[0]
    number = next((number for words, number in _SAID if words in text.lower()), errno.EIO)
    return OSError(number, text, command)
