"""Layers laid over each other by the kernel's overlayfs (kernel documentation, filesystems/overlayfs).

The mount options are always the same four, whatever the module's defaults are:

- ``redirect_dir=off``, ``metacopy=off``: with either a layer's folder refers to lower layers by name instead of holding
  what it changes. It could not be exported by itself ("native diff"), and a layer made by a stranger could refer to
  files it may not see.
- ``index=off``: the index ties an upper folder to the very inodes of its lower ones, and refuses the mount after a
  data root was copied or restored; what it gives, hard links that survive copy up in one mount, Docker has not either.
- ``xino`` is only asked for (``auto``) where a layer lies on a disk of its own: else all layers are on one file system,
  and inode numbers are theirs.
- ``volatile`` is not used: after a crash such a layer must be thrown away, and a container's layer is its user's data.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import NamedTuple

from hutch.linux import mount, overlay, quota
from hutch.model.errors import Invalid, Unsupported
from hutch.model.mount import Mount
from hutch.model.size import parse_size
from hutch.storage import disk, probing, projects
from hutch.storage.backing import backing
from hutch.storage.census import census
from hutch.storage.driver import STAGING, Usage
from hutch.storage.folders import LayerFolders

OPTIONS: tuple[str, ...] = ("overlay2.override_kernel_check", "overlay2.size", "overlay2.quota")
"""The ``--storage-opt`` of the daemon."""
_MEANS = ("project", "loop", "auto")
_PARAMETERS = "/sys/module/overlay/parameters"


class Overlay2(LayerFolders):
    """The driver; see ``driver.py`` for what the methods promise."""

    name = "overlay2"
    kind = "overlay"

    def __init__(self, data_root: str, options: Mapping[str, str] = MappingProxyType({})) -> None:
        """Use ``<data_root>/overlay2``. Sweeps unfinished layers.

        Raises Invalid for an option's value, Unsupported if overlayfs cannot work here.
        """
        settings = parse(options)
        home = os.path.join(data_root, self.name)
        problem = probing.tried(why_not, data_root, home, None)
        if problem is not None:
            raise Unsupported(f"overlay2 does not work on {data_root}: {problem}", hint="use --storage-driver vfs")
        self.fixed = fixed_options(_PARAMETERS)
        self._numbers = inode_numbers(_PARAMETERS)
        self._native = probing.tried(lambda root: native_diff(root, self.fixed), data_root, home, True)
        super().__init__(data_root)
        self._size = settings.size
        self._projects = settings.means != "loop" and quota.enforced(self.home)
        self._disks = settings.means != "project" and not self._projects
        self._held: dict[str, int] = {}
        if self._size and not (self._projects or self._disks):
            kind = backing(self.home)
            raise Unsupported(
                "Storage option overlay2.size not supported. Filesystem does not support Project Quota"
                if kind in ("xfs", "extfs")
                else f"Storage Option overlay2.size only supported for backingFS XFS. Found {kind}",
                hint="overlay2.quota=loop limits containers on every file system",
            )

    def prepare(self, key: str, parent: str | None, options: Mapping[str, str] | None = None) -> list[Mount]:
        """See StorageDriver. ``size``: the most bytes of the container's own files; ``overlay2.size`` without it."""
        if self._size and not key.startswith(STAGING) and "size" not in {name.lower() for name in options or ()}:
            options = {**(options or {}), "size": str(self._size)}
        return super().prepare(key, parent, options)

    def _limit(self, options: Mapping[str, str]) -> int:
        size = 0
        for name, value in options.items():
            if name.lower() != "size":
                raise Invalid(f"Unknown option {name}")
            size = parse_size(value)
        if options and not (self._projects or self._disks):
            raise Unsupported(
                "--storage-opt is supported only for overlay over xfs with 'pquota' mount option",
                hint="or over ext4 with 'prjquota', or anywhere with the daemon's overlay2.quota=loop",
            )
        return size

    def _confine(self, folder: str, limit: int) -> None:
        if self._projects:
            projects.confine(folder, limit)
        else:
            disk.make(folder, limit)

    def _drop(self, folder: str) -> None:
        projects.free(folder)

    def _writable(self, folder: str, lowers: tuple[str, ...]) -> list[Mount]:
        if not lowers and _has_disk(folder):
            lowers = (os.path.join(folder, "work"),)  # empty: with a disk it is but a mark
        return super()._writable(folder, lowers)

    def _written(self, folder: str) -> tuple[str, ...]:
        return (*disk.options(folder), *self._numbers) if _has_disk(folder) else super()._written(folder)

    def _root(self, folder: str) -> str:
        if not _has_disk(folder):
            return super()._root(folder)
        with self._lock:
            if folder not in self._held:
                self._held[folder] = overlay.mount_disk(disk.path_of(folder))
            return f"/proc/self/fd/{self._held[folder]}/{disk.UPPER}"

    def release(self, key: str) -> None:
        """See StorageDriver."""
        with self._lock:
            fd = self._held.pop(self._folder(key), -1)
        if fd >= 0:
            os.close(fd)

    def usage(self, key: str) -> Usage:
        """See StorageDriver."""
        folder = self._existing(key)
        if not _has_disk(folder):
            return super().usage(key)
        fd = overlay.mount_disk(disk.path_of(folder))
        try:
            return census(f"/proc/self/fd/{fd}/{disk.UPPER}")
        finally:
            os.close(fd)

    def remove(self, key: str) -> None:
        """See StorageDriver."""
        self.release(key)
        super().remove(key)

    def close(self) -> None:
        """See StorageDriver."""
        while self._held:
            os.close(self._held.popitem()[1])
        super().close()

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


def inode_numbers(parameters: str) -> tuple[str, ...]:
    """The option with which a file keeps its inode number when it is copied up to another file system."""
    return ("xino=auto",) if os.path.exists(os.path.join(parameters, "xino_auto")) else ()


class Settings(NamedTuple):
    """The driver's options, understood."""

    size: int = 0
    """The most bytes of a container that does not say itself; 0: no limit."""
    means: str = "project"
    """How sizes are limited: ``project`` quota, a ``loop`` disk for each container, ``auto``: the first if it can."""


def parse(options: Mapping[str, str]) -> Settings:
    """The driver's options. Raises Invalid. Pure.

    ``override_kernel_check`` is read as Go's ``strconv.ParseBool`` reads it and has no effect, as in Docker since it
    knows no kernel below 4.0.
    """
    text = options.get("overlay2.override_kernel_check", "true")
    if text not in ("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"):
        raise Invalid(f'strconv.ParseBool: parsing "{text}": invalid syntax')
    means = options.get("overlay2.quota", "project")
    if means not in _MEANS:
        raise Invalid(f"overlay2.quota={means}: unknown", hint=f"there are {', '.join(_MEANS)}")
    return Settings(parse_size(options.get("overlay2.size", "0")), means)


def _has_disk(folder: str) -> bool:
    return os.path.exists(disk.path_of(folder))


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
