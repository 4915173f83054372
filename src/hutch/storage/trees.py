"""What drivers share that give every layer a complete tree of its own: the folders, and what a crash leaves of them.

::

    <driver>/            0710
      <key>/tree         the complete tree (or what the driver has in its place)
      <key>/parent -> <name>   the committed layer below; absent: none
      <key>/writable     marks a layer that can be written to
      <key>/view         marks a read-only look; its tree is an empty folder, the parent's is shown
      .making-<random>   a layer being made
      .trash/            what is being deleted

A layer is made beside its place and renamed into it, and renamed away before it is taken apart: under its key it is
complete or absent. A driver says in ``fill`` how a tree is made and in ``drop`` how it goes faster than file by file.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Literal

from hutch.linux import files
from hutch.linux.failpoint import failpoint
from hutch.model.errors import Conflict, Invalid, NotFound
from hutch.model.mount import Mount
from hutch.storage.driver import STAGING, check_key
from hutch.storage.trash import Trash

MAKING = ".making-"


class Trees:
    """The part of a driver that ``driver.py`` asks for and that is the same for all drivers of complete trees."""

    name: str
    whiteouts: Literal["overlay", "remove"] = "remove"

    def __init__(self, data_root: str) -> None:
        """Use ``<data_root>/<name>``. Sweeps unfinished layers."""
        self.home = os.path.join(data_root, self.name)
        files.ensure_folder(self.home, 0o710)
        self._trash = Trash(os.path.join(self.home, ".trash"), self.drop)
        for name in os.listdir(self.home):
            if name.startswith((STAGING, MAKING)):
                self._trash.throw(os.path.join(self.home, name))

    def fill(self, folder: str, parent: str | None) -> None:
        """Make ``tree`` in ``folder``, with mode 0755 if it is empty: over the layer in the folder ``parent``."""
        raise NotImplementedError

    def drop(self, folder: str) -> None:
        """Free quickly what a layer's ``folder`` in the trash holds; what is left is deleted file by file.

        Called in the background. Raises OSError if that cannot be done now: the next process tries again.
        """

    def settle(self, key: str) -> None:
        """Bring what is not in the layer's folder to rest, before it is committed. Raises OSError."""

    def confine(self, folder: str, limit: int) -> None:
        """Let all that will be in the empty ``folder`` take ``limit`` bytes together. Raises OSError."""
        raise NotImplementedError

    def make(self, key: str, parent: str | None, limit: int = 0) -> str:
        """The folder of a new writable layer, made under a name that a crash leaves for the sweep, then renamed."""
        self.check_parent(parent)
        if self.exists(key):
            raise Conflict(f"layer {key} exists already")
        making = os.path.join(self.home, MAKING + os.urandom(6).hex())
        with ExitStack() as undo:
            undo.callback(self._trash.throw, making)
            os.mkdir(making, 0o710)
            if limit:
                self.confine(making, limit)
            os.mkdir(os.path.join(making, "writable"), 0o700)
            if parent is not None:
                os.symlink(parent, os.path.join(making, "parent"))
            self.fill(making, None if parent is None else self.folder(parent))
            os.rename(making, self.folder(key))
            undo.pop_all()
        return self.folder(key)

    def view(self, key: str, parent: str | None) -> list[Mount]:
        """See StorageDriver."""
        self.check_parent(parent)
        folder = self.folder(key)
        try:
            os.mkdir(folder, 0o710)
        except FileExistsError:
            raise Conflict(f"layer {key} exists already") from None
        os.mkdir(os.path.join(folder, "view"), 0o700)
        if parent is not None:
            os.symlink(parent, os.path.join(folder, "parent"))
        os.mkdir(os.path.join(folder, "tree"), 0o755)
        return self.mounts(key)

    def mounts(self, key: str) -> list[Mount]:
        """See StorageDriver."""
        folder = self.existing(key)
        if os.path.isdir(os.path.join(folder, "writable")):
            return [Mount("bind", os.path.join(folder, "tree"), "/", ("rbind", "rw"))]
        if not os.path.isdir(os.path.join(folder, "view")):
            raise Invalid(f"layer {key} is committed: it can be a parent, it cannot be mounted itself")
        parent = self.parent(key)
        source = os.path.join(self.folder(parent) if parent else folder, "tree")
        return [Mount("bind", source, "/", ("rbind", "ro"))]

    def layer_dir(self, key: str) -> str:
        """See StorageDriver."""
        return os.path.join(self.existing(key), "tree")

    def release(self, key: str) -> None:
        """See StorageDriver. Nothing is held."""

    def parent(self, key: str) -> str | None:
        """See StorageDriver."""
        try:
            return os.readlink(os.path.join(self.existing(key), "parent"))
        except FileNotFoundError:
            return None

    def commit(self, key: str, name: str) -> None:
        """See StorageDriver."""
        folder, final = self.existing(key), self.folder(name)
        if self.exists(name):
            self.remove(key)
            return
        os.rmdir(os.path.join(folder, "writable"))
        failpoint("storage.commit.before-sync")
        self.settle(key)
        files.sync_tree(folder)
        failpoint("storage.commit.synced")
        os.rename(folder, final)
        files.sync_folder(self.home)
        failpoint("storage.commit.renamed")

    def remove(self, key: str) -> None:
        """See StorageDriver."""
        failpoint("storage.remove")
        self._trash.throw(self.folder(key))
        failpoint("storage.removed")

    def exists(self, key: str) -> bool:
        """See StorageDriver."""
        return os.path.isdir(os.path.join(self.folder(key), "tree"))

    def committed(self, key: str) -> bool:
        """Whether the layer is there and can be a parent."""
        folder = self.folder(key)
        return self.exists(key) and not any(os.path.isdir(os.path.join(folder, part)) for part in ("writable", "view"))

    def check_parent(self, parent: str | None) -> None:
        """Raise NotFound unless ``parent`` is None or a committed layer."""
        if parent is not None and not self.committed(parent):
            raise NotFound(f"layer {parent} does not exist")

    def keys(self) -> list[str]:
        """See StorageDriver."""
        return sorted(n for n in os.listdir(self.home) if not n.startswith("."))

    def close(self) -> None:
        """See StorageDriver."""
        self._trash.close()

    def folder(self, key: str) -> str:
        """Where the layer is or would be. Raises Invalid for what is no key."""
        return os.path.join(self.home, check_key(key))

    def existing(self, key: str) -> str:
        """The folder of a layer that is there. Raises NotFound."""
        if not self.exists(key):
            raise NotFound(f"layer {key} does not exist")
        return self.folder(key)
