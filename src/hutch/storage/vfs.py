"""Layers as full copies: needs nothing from the kernel, costs the whole image a layer.

Folders as in ``trees.py``. Copies share blocks where the file system can (``FICLONE``: btrfs, xfs), else
``copy_file_range`` in the kernel.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from hutch.linux.failpoint import failpoint
from hutch.model.mount import Mount
from hutch.storage.census import census
from hutch.storage.copy import copy_tree
from hutch.storage.driver import Usage, no_options
from hutch.storage.trees import Trees


class Vfs(Trees):
    """The driver; see ``driver.py`` for what the methods promise."""

    name = "vfs"

    def prepare(self, key: str, parent: str | None, options: Mapping[str, str] | None = None) -> list[Mount]:
        """See StorageDriver."""
        no_options(self.name, options)
        self.make(key, parent)
        failpoint("storage.prepare")
        return self.mounts(key)

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
