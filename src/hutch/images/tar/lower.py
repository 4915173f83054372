"""What lies below a layer that is being unpacked: the attributes of a folder that the layer needs and does not list.

With overlayfs a layer's folder hides the attributes of those below. A tar may name ``var/log/x`` without its folders;
made with our defaults they would change ``var`` for the container. So they are looked up in the lower layers.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from typing import NamedTuple

from hutch.linux import xattr

OPAQUE = "trusted.overlay.opaque"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Attributes(NamedTuple):
    """Of a folder; ``mtime`` in nanoseconds, no attributes of overlayfs itself."""

    mode: int
    uid: int
    gid: int
    mtime: int
    xattrs: dict[str, bytes]


def find(lowers: Sequence[str], path: bytes) -> Attributes | None:
    """The attributes of the folder ``path`` as seen over ``lowers`` (uppermost first, overlayfs's form); None if
    there is none. Follows no link. Raises OSError."""
    parts = path.split(b"/")
    for lower in lowers:
        fd = os.open(lower, _FOLDER)
        try:
            covers = is_opaque(fd)
            for part in parts:
                following = os.open(part, _FOLDER, dir_fd=fd)
                os.close(fd)
                fd = following
                covers = covers or is_opaque(fd)
            return _attributes(fd)
        except FileNotFoundError:
            if covers:
                return None
        except NotADirectoryError:  # a file, a link, or the mark of a removal: it hides what is below
            return None
        finally:
            os.close(fd)
    return None


def is_opaque(fd: int) -> bool:
    """Whether overlayfs shows nothing of lower layers in this folder."""
    try:
        return os.getxattr(fd, OPAQUE) == b"y"
    except OSError:
        return False


def _attributes(fd: int) -> Attributes:
    status = os.fstat(fd)
    kept = {}
    for name in os.listxattr(fd):
        if not name.startswith(("trusted.overlay.", "user.overlay.")):
            with contextlib.suppress(OSError):
                kept[name] = os.getxattr(fd, name)
    return Attributes(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, status.st_mtime_ns, kept)


def apply(found: Attributes, parent: int, name: bytes) -> None:
    """Give the folder ``name`` these attributes, its time excepted, which later writes would change."""
    os.chown(name, found.uid, found.gid, dir_fd=parent, follow_symlinks=False)
    for key, value in found.xattrs.items():
        xattr.set_at(parent, name, key, value)
    os.chmod(name, found.mode, dir_fd=parent)
