"""Layers laid over each other by the kernel's overlayfs (kernel documentation, filesystems/overlayfs).

The mount options are always the same four, whatever the module's defaults are:

- ``redirect_dir=off``, ``metacopy=off``: with either a layer's folder refers to lower layers by name instead of holding
  what it changes. It could not be exported by itself ("native diff"), and a layer made by a stranger could refer to
  files it may not see.
- ``index=off``: the index ties an upper folder to the very inodes of its lower ones, and refuses the mount after a
  data root was copied or restored; what it gives, hard links that survive copy up in one mount, Docker has not either.
- ``xino`` is left to the kernel: it only changes inode numbers.
- ``volatile`` is not used: after a crash such a layer must be thrown away, and a container's layer is its user's data.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import ExitStack
from types import MappingProxyType

from hutch.linux import mount
from hutch.model.errors import Invalid, Unsupported
from hutch.storage import probing
from hutch.storage.folders import LayerFolders, backing

OPTIONS: tuple[str, ...] = ("overlay2.override_kernel_check",)
"""The ``--storage-opt`` of the daemon."""
_PARAMETERS = "/sys/module/overlay/parameters"


class Overlay2(LayerFolders):
    """The driver; see ``driver.py`` for what the methods promise."""

    name = "overlay2"
    kind = "overlay"

    def __init__(self, data_root: str, options: Mapping[str, str] = MappingProxyType({})) -> None:
        """Use ``<data_root>/overlay2``. Sweeps unfinished layers.

        Raises Invalid for an option's value, Unsupported if overlayfs cannot work here.
        """
        check_options(options)
        problem = why_not(data_root)
        if problem is not None:
            raise Unsupported(f"overlay2 does not work on {data_root}: {problem}", hint="use --storage-driver vfs")
        self.fixed = fixed_options(_PARAMETERS)
        self._native = native_diff(data_root, self.fixed)
        super().__init__(data_root)

    def status(self) -> list[tuple[str, str]]:
        """See StorageDriver."""
        return [
            *super().status(),
            ("Supports d_type", "true"),
            ("Using metacopy", "false"),
            ("Native Overlay Diff", "true" if self._native else "false"),
            ("userxattr", "false"),
        ]


def fixed_options(parameters: str) -> tuple[str, ...]:
    """Mount options that keep ``diff`` readable as a plain changeset, whatever the module's defaults are.

    With ``redirect_dir`` or ``metacopy`` a diff folder refers to lower layers by name, and could not be exported.
    """
    wanted = {"index": "index=off", "redirect_dir": "redirect_dir=off", "metacopy": "metacopy=off"}
    return tuple(option for name, option in wanted.items() if os.path.exists(os.path.join(parameters, name)))


def check_options(options: Mapping[str, str]) -> None:
    """Raise Invalid for a value that an option cannot have (as Go's ``strconv.ParseBool`` reads one). Pure.

    ``override_kernel_check`` has no effect, as in Docker since kernels below 4.0 are gone.
    """
    text = options.get("overlay2.override_kernel_check", "true")
    if text not in ("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"):
        raise Invalid(f'strconv.ParseBool: parsing "{text}": invalid syntax')


def why_not(data_root: str) -> str | None:
    """Why overlayfs cannot work on ``data_root``; None if it can: a tiny one is made, detached (no mount table shows
    it), and looked through. Raises OSError for other reasons than the kernel's no to the mount."""
    with ExitStack() as undo:
        base, options = probing.layers(data_root, undo)
        if not probing.entry_types(os.path.join(base, "lower")):
            return (
                f"the backing {backing(data_root)} filesystem is formatted without d_type support, which leads to "
                "incorrect behavior; reformat it (xfs: with ftype=1)"
            )
        os.mkdir(os.path.join(base, "lower", "seen"))
        try:
            fd = mount.new_mount("overlay", "overlay", options)
        except OSError as error:
            return error.strerror or str(error)
        try:
            os.stat("seen", dir_fd=fd)
        finally:
            os.close(fd)
    return None


def native_diff(data_root: str, fixed: tuple[str, ...]) -> bool:
    """Whether an upper folder holds just what was changed, so that it can be exported as it is.

    A folder of a lower layer must refuse to be renamed (else its new name would refer to the old one), and one that
    was removed and made again must be marked opaque. Raises OSError.
    """
    with ExitStack() as undo:
        base, options = probing.layers(data_root, undo)
        for name in ("moved", "again"):
            os.mkdir(os.path.join(base, "lower", name))
        fd = mount.new_mount("overlay", "overlay", (*options, *fixed))
        undo.callback(os.close, fd)
        try:
            os.rename("moved", "elsewhere", src_dir_fd=fd, dst_dir_fd=fd)
            return False
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        os.rmdir("again", dir_fd=fd)
        os.mkdir("again", dir_fd=fd)
        return os.getxattr(os.path.join(base, "upper", "again"), "trusted.overlay.opaque") == b"y"
