"""Layers laid over each other by the program ``fuse-overlayfs``, for kernels or file systems where overlayfs may not.

The folders are those of ``overlay2``. A mount is served by a process of its own, which runs beside the container's
keeper, outside of the container; ``linux/fuse.py`` says how it begins and ends. So there is nothing to take over when a
daemon starts again: a running container's file system does not know that there was another one.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

from hutch.linux import fuse, mount
from hutch.model.errors import Unsupported
from hutch.storage import probing
from hutch.storage.folders import LayerFolders


class FuseOverlayfs(LayerFolders):
    """The driver; see ``driver.py`` for what the methods promise."""

    name = "fuse-overlayfs"
    kind = fuse.KIND

    def __init__(self, data_root: str) -> None:
        """Use ``<data_root>/fuse-overlayfs``. Sweeps unfinished layers. Raises Unsupported if it cannot work here."""
        problem = probing.tried(why_not, data_root, os.path.join(data_root, self.name), None)
        if problem is not None:
            raise Unsupported(f"fuse-overlayfs does not work on {data_root}: {problem}")
        super().__init__(data_root)


def why_not(data_root: str) -> str | None:
    """Why the driver cannot work on ``data_root``; None if it can: a tiny overlay is made and looked through."""
    if not any(os.access(path, os.X_OK) for path in fuse.PROGRAMS):
        return "the program fuse-overlayfs is not installed"
    with ExitStack() as undo:
        base, options = probing.layers(data_root, undo)
        if not probing.whiteouts(os.path.join(base, "upper")):
            return "the file system cannot hold the marks of removed files (devices 0:0)"
        os.mkdir(os.path.join(base, "lower", "seen"))
        try:
            fd = mount.new_mount(fuse.KIND, "fuse-overlayfs", options)
        except OSError as error:
            return error.strerror or str(error)
        try:
            os.stat("seen", dir_fd=fd)
        except OSError as error:
            return error.strerror or str(error)
        finally:
            os.close(fd)
    return None
