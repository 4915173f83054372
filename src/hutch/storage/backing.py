"""Which file system the layers lie on, by Docker's names (statfs(2), ``f_type``)."""

from __future__ import annotations

import os

from hutch.linux.mount import filesystem_magic

UNKNOWN = "<unknown>"
_NAMES = {
    0x28CD3D45: "cramfs", 0x2FC12FC1: "zfs", 0x3153464A: "jfs", 0x01021994: "tmpfs", 0x47504653: "gpfs",
    0x517B: "smb", 0x52654973: "reiserfs", 0x58465342: "xfs", 0x61756673: "aufs", 0x65735546: "fuse",
    0x6969: "nfs", 0x72B6: "jffs2", 0x73717368: "squashfs", 0x794C7630: "overlayfs", 0x858458F6: "ramfs",
    0x9123683E: "btrfs", 0xA501FCF5: "vxfs", 0xEF53: "extfs", 0xF15F: "ecryptfs", 0xF2F52010: "f2fs",
}  # fmt: skip


def backing(path: str) -> str:
    """The name of the file system that holds the folder ``path``. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return _NAMES.get(filesystem_magic(fd), UNKNOWN)
    finally:
        os.close(fd)
