"""A layer's own files on a small file system in a file: a limit on its size that every file system below can keep.

::

    <layer>/disk.img    ext4, sparse: takes as much as is written to it
    <layer>/diff        where it is mounted, in the mount namespace of whoever makes the overlay: upper, work

Costs a loop device for each running container, and another file system's work for each write.
"""

from __future__ import annotations

import os
import subprocess

from hutch.linux import overlay
from hutch.model.errors import Invalid, System, Unsupported

PROGRAMS = ("/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4")
IMAGE = "disk.img"
UPPER, WORK = "upper", "work"
LEAST = 8 << 20
"""Bytes of the smallest image; below, too little would be left beside what the file system keeps for itself."""
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_PATIENCE = 60.0
_EXTENDED = ("nodiscard,assume_storage_prezeroed=1", "nodiscard,lazy_itable_init=0")
"""The first leaves a sparse file sparse; before e2fsprogs 1.47 there was only the second."""


def path_of(folder: str) -> str:
    """The image of the layer in ``folder``."""
    return os.path.join(folder, IMAGE)


def why_not() -> str | None:
    """Why no layer can have a disk here; None if it can."""
    if not any(os.access(path, os.X_OK) for path in PROGRAMS):
        return "the program mkfs.ext4 is not installed"
    return None if os.path.exists("/dev/loop-control") else "there are no loop devices"


def make(folder: str, size: int) -> None:
    """A disk of ``size`` bytes in the layer's ``folder``, with an empty upper and work folder.

    Raises Invalid, Unsupported, System, OSError.
    """
    if size < LEAST:
        raise Invalid(f"size {size} is too small for a disk of its own", hint=f"the least is {LEAST} bytes")
    problem = why_not()
    if problem is not None:
        raise Unsupported(f"--storage-opt size needs a disk of its own here, and {problem}")
    image = path_of(folder)
    fd = os.open(image, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(fd, size)
    finally:
        os.close(fd)
    _format(image)
    disk = overlay.mount_disk(image)
    try:
        for name in (UPPER, WORK):
            os.mkdir(name, 0o755, dir_fd=disk)
    finally:
        os.close(disk)


def _format(image: str) -> None:
    program = next(path for path in PROGRAMS if os.access(path, os.X_OK))
    for extended in _EXTENDED:
        done = subprocess.run(
            [program, "-q", "-F", "-m", "0", "-E", extended, image],
            stdin=subprocess.DEVNULL, capture_output=True, env=_ENVIRONMENT, timeout=_PATIENCE, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            return
    words = done.stderr.decode("utf-8", "replace").strip()
    raise System(f"making the file system of {image}: {words or f'{program} ended with {done.returncode}'}")


def options(folder: str) -> tuple[str, ...]:
    """What the overlay's mount is told: where it writes (``linux/overlay.py``). Pure."""
    at = os.path.join(folder, "diff")
    return (f"upperdir={at}/{UPPER}", f"workdir={at}/{WORK}", f"disk={path_of(folder)}")
