"""Layers as full copies: needs nothing from the kernel, costs the whole image a layer.

Folders as in ``trees.py``. Copies share blocks where the file system can (``FICLONE``: btrfs, xfs), else
``copy_file_range`` in the kernel. A container's size, its copy of the image included, is limited by project quota.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType

from hutch.linux import quota
from hutch.linux.failpoint import failpoint
from hutch.model.errors import Invalid, Unsupported
from hutch.model.mount import Mount
from hutch.model.size import parse_size
from hutch.storage import projects
from hutch.storage.census import census
from hutch.storage.copy import copy_tree
from hutch.storage.driver import STAGING, Usage
from hutch.storage.trees import Trees

OPTIONS: tuple[str, ...] = ("size",)
"""``size=BYTES``: the most a container may take that does not say itself."""


class Vfs(Trees):
    """The driver; see ``driver.py`` for what the methods promise."""

    name = "vfs"

    def __init__(self, data_root: str, options: Mapping[str, str] = MappingProxyType({})) -> None:
        """Use ``<data_root>/vfs``. Sweeps unfinished layers. Raises Invalid, Unsupported about the options."""
        self._size = parse_size(options.get("size", "0"))
        super().__init__(data_root)
        self._projects = quota.enforced(self.home)
        if self._size:
            self._check()

    def prepare(self, key: str, parent: str | None, options: Mapping[str, str] | None = None) -> list[Mount]:
        """See StorageDriver. ``size``: the most bytes of the container, its copy of the image included."""
        size = 0 if key.startswith(STAGING) else self._size
        for name, value in (options or {}).items():
            if name != "size":
                raise Invalid(f"Storage opt {name} not supported")
            self._check()
            size = parse_size(value)
        self.make(key, parent, size)
        failpoint("storage.prepare")
        return self.mounts(key)

    def _check(self) -> None:
        if not self._projects:
            raise Unsupported("Filesystem does not support, or has not enabled quotas")

    def confine(self, folder: str, limit: int) -> None:
        """See Trees."""
        projects.confine(folder, limit)

    def drop(self, folder: str) -> None:
        """See Trees."""
        projects.free(folder)

    def fill(self, folder: str, parent: str | None) -> None:
        """See Trees: a copy."""
        tree = os.path.join(folder, "tree")
        os.mkdir(tree, 0o755)
        if parent is not None:
            copy_tree(os.path.join(parent, "tree"), tree)

    def usage(self, key: str) -> Usage:
        """See StorageDriver. A copy's own files are all of them: that is what it takes on disk."""
        return census(self.layer_dir(key))

    def status(self) -> list[tuple[str, str]]:
        """See StorageDriver."""
        return []
