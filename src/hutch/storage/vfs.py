"""Layers as full copies: needs nothing from the kernel, costs the whole image a layer.

::

    vfs/                 0710
      <key>/tree         the complete tree
      <key>/parent, view, writable   as in overlay2: the layer below, and what the layer is
      .trash/

Copies share blocks where the file system can (``FICLONE``: btrfs, xfs), else ``copy_file_range`` in the kernel.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Literal

from hutch.linux import files
from hutch.linux.failpoint import failpoint
from hutch.model.errors import Conflict, Invalid, NotFound
from hutch.model.mount import Mount
from hutch.storage.census import census
from hutch.storage.copy import copy_tree
from hutch.storage.driver import STAGING, Usage, check_key, no_options
from hutch.storage.trash import Trash


class Vfs:
    """The driver; see ``driver.py`` for what the methods promise."""

    name = "vfs"
    whiteouts: Literal["overlay", "remove"] = "remove"

    def __init__(self, data_root: str) -> None:
        """Use ``<data_root>/vfs``. Sweeps unfinished layers."""
        self.home = os.path.join(data_root, "vfs")
        files.ensure_folder(self.home, 0o710)
        self._trash = Trash(os.path.join(self.home, ".trash"))
        for name in os.listdir(self.home):
            if name.startswith((STAGING, ".making-")):
                self._trash.throw(os.path.join(self.home, name))

    def prepare(self, key: str, parent: str | None, options: Mapping[str, str] | None = None) -> list[Mount]:
        """See StorageDriver."""
        no_options(self.name, options)
        self._make(key, parent, "writable")
        failpoint("storage.prepare")
        return self.mounts(key)

    def view(self, key: str, parent: str | None) -> list[Mount]:
        """See StorageDriver."""
        if parent is not None and not self._committed(parent):
            raise NotFound(f"layer {parent} does not exist")
        folder = self._new_folder(key)
        os.mkdir(os.path.join(folder, "view"), 0o700)
        if parent is not None:
            os.symlink(parent, os.path.join(folder, "parent"))
        os.mkdir(os.path.join(folder, "tree"), 0o755)
        return self.mounts(key)

    def _new_folder(self, key: str) -> str:
        folder = self._folder(key)
        try:
            os.mkdir(folder, 0o710)
        except FileExistsError:
            raise Conflict(f"layer {key} exists already") from None
        return folder

    def _make(self, key: str, parent: str | None, mark: str) -> None:
        """Copy under a name that a crash leaves for the sweep, then rename."""
        if parent is not None and not self._committed(parent):
            raise NotFound(f"layer {parent} does not exist")
        if self.exists(key):
            raise Conflict(f"layer {key} exists already")
        making = os.path.join(self.home, f".making-{os.urandom(6).hex()}")
        with ExitStack() as undo:
            undo.callback(self._trash.throw, making)
            os.mkdir(making, 0o710)
            os.mkdir(os.path.join(making, mark), 0o700)
            tree = os.path.join(making, "tree")
            os.mkdir(tree, 0o755)
            if parent is not None:
                os.symlink(parent, os.path.join(making, "parent"))
                copy_tree(os.path.join(self._folder(parent), "tree"), tree)
            os.rename(making, self._folder(key))
            undo.pop_all()

    def mounts(self, key: str) -> list[Mount]:
        """See StorageDriver."""
        folder = self._existing(key)
        if os.path.isdir(os.path.join(folder, "writable")):
            return [Mount("bind", os.path.join(folder, "tree"), "/", ("rbind", "rw"))]
        if not os.path.isdir(os.path.join(folder, "view")):
            raise Invalid(f"layer {key} is committed: it can be a parent, it cannot be mounted itself")
        parent = self.parent(key)
        source = os.path.join(self._folder(parent) if parent else folder, "tree")
        return [Mount("bind", source, "/", ("rbind", "ro"))]

    def layer_dir(self, key: str) -> str:
        """See StorageDriver."""
        return os.path.join(self._existing(key), "tree")

    def release(self, key: str) -> None:
        """See StorageDriver. Nothing is held."""

    def parent(self, key: str) -> str | None:
        """See StorageDriver."""
        try:
            return os.readlink(os.path.join(self._existing(key), "parent"))
        except FileNotFoundError:
            return None

    def commit(self, key: str, name: str) -> None:
        """See StorageDriver."""
        folder, final = self._existing(key), self._folder(name)
        if self.exists(name):
            self._trash.throw(folder)
            return
        os.rmdir(os.path.join(folder, "writable"))
        failpoint("storage.commit.before-sync")
        files.sync_tree(folder)
        failpoint("storage.commit.synced")
        os.rename(folder, final)
        files.sync_folder(self.home)
        failpoint("storage.commit.renamed")

    def remove(self, key: str) -> None:
        """See StorageDriver."""
        failpoint("storage.remove")
        self._trash.throw(self._folder(key))

    def exists(self, key: str) -> bool:
        """See StorageDriver."""
        return os.path.isdir(os.path.join(self._folder(key), "tree"))

    def _committed(self, key: str) -> bool:
        folder = self._folder(key)
        return self.exists(key) and not any(os.path.isdir(os.path.join(folder, part)) for part in ("writable", "view"))

    def keys(self) -> list[str]:
        """See StorageDriver."""
        return sorted(n for n in os.listdir(self.home) if not n.startswith("."))

    def usage(self, key: str) -> Usage:
        """See StorageDriver. A copy's own files are all of them: that is what it takes on disk."""
        return census(self.layer_dir(key))

    def status(self) -> list[tuple[str, str]]:
        """See StorageDriver."""
        return []

    def close(self) -> None:
        """See StorageDriver."""
        self._trash.close()

    def _folder(self, key: str) -> str:
        return os.path.join(self.home, check_key(key))

    def _existing(self, key: str) -> str:
        if not self.exists(key):
            raise NotFound(f"layer {key} does not exist")
        return self._folder(key)
