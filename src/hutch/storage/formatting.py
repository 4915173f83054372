"""File systems on block devices: made by their own programs (mkfs.ext4(8), mkfs.xfs(8)), grown by ioctl(2)."""

from __future__ import annotations

import fcntl
import os
import subprocess

from hutch.model.errors import Unsupported

KINDS = ("xfs", "ext4")
"""What can be made, the first that there is a program for if nobody says."""

_FOLDERS = ("/usr/sbin", "/sbin", "/usr/bin")
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
_PATIENCE = 600.0
"""Seconds for a program that has tens of gigabytes to lay out on a slow disk."""

_EXT4_RESIZE = 0x40086610
_XFS_GROW = 0x4010586E
_XFS_GEOMETRY = 0x8100587E
_ARGUMENTS = {
    # What the pool hands out reads as zeros, so nothing needs to be written for that, now or in the background.
    "ext4": ("-q", "-F", "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1"),
    "xfs": ("-q", "-f", "-K"),
}
OPTIONS = {"ext4": ("noinit_itable",), "xfs": ("nouuid",)}
"""Mount options that a file system made here wants: snapshots of an xfs share its uuid, and no snapshot is to have its
own copy of ext4's empty inode tables."""


def program(kind: str) -> str | None:
    """Path of the program that makes ``kind``, if it is installed."""
    return next((p for f in _FOLDERS if os.access(p := f"{f}/mkfs.{kind}", os.X_OK)), None)


def first_kind() -> str:
    """The kind that is used if nobody says which. Raises Unsupported if none can be made."""
    for kind in KINDS:
        if program(kind) is not None:
            return kind
    raise Unsupported("no program to make a file system with was found", hint="install xfsprogs or e2fsprogs")


def make(kind: str, device: str, extra: tuple[str, ...] = ()) -> None:
    """Make a file system of ``kind`` on the block device; ``extra`` are arguments of the program.

    Raises Unsupported for a kind without a program, OSError with what the program said if it fails.
    """
    path = program(kind) if kind in KINDS else None
    if path is None:
        raise Unsupported(f"unsupported filesystem type {kind!r}: there is no mkfs.{kind}", hint="name ext4 or xfs")
    done = subprocess.run(
        [path, *_ARGUMENTS[kind], *extra, device],
        env=_ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise OSError(5, f"mkfs.{kind} failed: {said[-1] if said else done.returncode}", device)


def grow(kind: str, folder: str, size: int) -> None:
    """Let the file system mounted at ``folder`` fill its device, which has ``size`` bytes. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        block = os.fstatvfs(fd).f_frsize
        if kind == "ext4":
            fcntl.ioctl(fd, _EXT4_RESIZE, (size // block).to_bytes(8, "little"))
        else:
            geometry = bytearray(256)
            fcntl.ioctl(fd, _XFS_GEOMETRY, geometry)
            share = geometry[28:32]  # imaxpct: the most percent of the room that inodes may take; it stays
            fcntl.ioctl(fd, _XFS_GROW, (size // block).to_bytes(8, "little") + bytes(share) + bytes(4))
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{kind} at {folder}") from None
    finally:
        os.close(fd)
