"""Looking at layers in tests: what a driver's mounts show, and the shape of a tree for comparing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hutch.linux import mount
from hutch.model.mount import Mount


@contextmanager
def look(mounts: list[Mount]) -> Iterator[Path]:
    """A path to what the mounts show, without a mount in any mount table: the mount stays detached."""
    (only,) = mounts
    if only.kind != "bind":
        left_out = ("ro", "rw") if "overlay" in only.kind else ("rw",)
        fd = mount.new_mount(only.kind, only.source, tuple(o for o in only.options if o not in left_out))
    else:
        fd = os.open(only.source, os.O_PATH | os.O_DIRECTORY)
    try:
        yield Path(f"/proc/self/fd/{fd}")
    finally:
        os.close(fd)


def shape(root: Path) -> dict[str, object]:
    """Every file below ``root`` with what an image keeps of it; hard links by the first name of the file."""
    found: dict[str, object] = {}
    first: dict[tuple[int, int], str] = {}
    pending = [Path()]
    while pending:
        folder = pending.pop()
        for name in sorted(os.listdir(root / folder)):
            path = folder / name
            status = (root / path).lstat()
            inode = (status.st_dev, status.st_ino)
            content: object = None
            if stat.S_ISDIR(status.st_mode):
                pending.append(path)
            elif stat.S_ISLNK(status.st_mode):
                content = os.readlink(root / path)
            elif stat.S_ISREG(status.st_mode):
                content = (root / path).read_bytes()
            same = first.setdefault(inode, str(path)) if not stat.S_ISDIR(status.st_mode) else str(path)
            capability = (root / path).is_file() and "security.capability" in os.listxattr(root / path)
            device = status.st_rdev if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode) else 0
            found[str(path)] = (status.st_mode, status.st_uid, status.st_gid, device, content, same, capability)
    return found
