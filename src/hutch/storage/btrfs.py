"""Layers as subvolumes of btrfs, and children as snapshots of them: nothing is copied, and no mount is stacked.

::

    btrfs/               0710
      <key>/tree         the complete tree: a subvolume, for a child a snapshot of the parent's
      <key>/parent, view, writable   as in vfs: the layer below, and what the layer is
      .trash/

The data root must lie on btrfs. All is done by ioctl(2) (``linux/btrfs.py``); no program is needed. A layer is removed
by renaming its folder into the trash and dropping the subvolume, whose blocks the kernel frees in the background;
what cannot be dropped as a whole, because somebody made subvolumes inside of it, is deleted file by file.

A bound on a container's size is one on what its subvolume refers to, the image's files included, as with dockerd:
quota groups are turned on for the file system when the first such container, or ``btrfs.min_space``, asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from hutch.linux import btrfs
from hutch.linux.failpoint import failpoint
from hutch.model.errors import Invalid, Unsupported
from hutch.model.mount import Mount
from hutch.model.size import parse_size
from hutch.storage.census import census
from hutch.storage.driver import Usage, asked_size
from hutch.storage.trees import Trees

OPTIONS: tuple[str, ...] = ("btrfs.min_space",)
"""``btrfs.min_space=BYTES``: the least ``size`` that a container may be given."""


def why_not(data_root: str) -> str | None:
    """Why the driver cannot work on ``data_root``; None if it can."""
    return None if btrfs.is_btrfs(data_root) else "the data root is not on btrfs"


class Btrfs(Trees):
    """The driver; see ``driver.py`` for what the methods promise."""

    name = "btrfs"

    def __init__(self, data_root: str, options: Mapping[str, str] = MappingProxyType({})) -> None:
        """Use ``<data_root>/btrfs``. Sweeps unfinished layers. Raises Unsupported if it is not on btrfs."""
        if not btrfs.is_btrfs(_there(data_root)):
            raise Unsupported(
                f"btrfs does not work on {data_root}: prerequisites for driver not satisfied (wrong filesystem?)"
            )
        self._least = parse_size(options.get("btrfs.min_space", "0"))
        super().__init__(data_root)
        if self._least:
            btrfs.enable_quota(self.home)

    def prepare(self, key: str, parent: str | None, options: Mapping[str, str] | None = None) -> list[Mount]:
        """See StorageDriver. ``size``: the most bytes the container's tree may refer to, with the image's."""
        size = bound(options or {}, self._least)
        folder = self.make(key, parent)
        if size:
            try:
                btrfs.enable_quota(self.home)
                btrfs.limit(os.path.join(folder, "tree"), size)
            except BaseException:
                self.remove(key)
                raise
        failpoint("storage.prepare")
        return self.mounts(key)

    def fill(self, folder: str, parent: str | None) -> None:
        """See Trees: a new subvolume, or a snapshot of the parent's."""
        tree = os.path.join(folder, "tree")
        if parent is not None:
            btrfs.snapshot(os.path.join(parent, "tree"), folder, "tree")
            return
        btrfs.create(folder, "tree")
        os.chmod(tree, 0o755)

    def drop(self, folder: str) -> None:
        """See Trees: the subvolume goes at once, if it is one and holds none itself."""
        tree = os.path.join(folder, "tree")
        try:
            group = btrfs.number(tree) if btrfs.is_subvolume(tree) else 0
        except FileNotFoundError:
            return
        if group and btrfs.destroy(folder, "tree") and btrfs.has_quota(self.home):
            with suppress(OSError):  # it may be gone with its subvolume already, or goes with it later
                btrfs.forget_group(self.home, group)

    def usage(self, key: str) -> Usage:
        """See StorageDriver. A snapshot shares the inodes of what did not change; those are the parent's."""
        below = self.parent(key)
        return census(self.layer_dir(key), self.layer_dir(below) if below else None)

    def status(self) -> list[tuple[str, str]]:
        """See StorageDriver."""
        return [("Btrfs", "")]


def bound(options: Mapping[str, str], least: int) -> int:
    """The size in bytes that a container was given by its ``--storage-opt``, 0 for none. Raises Invalid. Pure."""
    size = asked_size("btrfs", options)
    if size is None:
        return 0
    if size <= 0:
        raise Invalid("btrfs: invalid storage size: it must be more than nothing")
    if size < least:
        raise Invalid(f"btrfs: storage size cannot be less than {least} bytes (btrfs.min_space)")
    return size


def _there(data_root: str) -> str:
    """``data_root``, made if it is not there yet."""
    os.makedirs(data_root, 0o710, exist_ok=True)
    return data_root
