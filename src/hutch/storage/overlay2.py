"""Layers as the folders of overlayfs (kernel documentation, filesystems/overlayfs).

::

    overlay2/                     0710
      <key>/diff                  the layer's own files
      <key>/work                  overlayfs's scratch folder; only while the layer is writable
      <key>/parent -> <name>      the committed layer below; absent: none
      <key>/view                  marks a read-only look
      l/<short> -> ../<name>/diff a short name for each committed layer, so that 128 of them fit into mount options
      .trash/                     what is being deleted

Making a writable layer is three mkdirs and a symlink, whatever the size of the image. A committed layer's short name
is cut from a hash of its name; with 130 bits two layers cannot be made to share one.
"""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import Literal

from hutch.linux import files, mount
from hutch.linux.failpoint import failpoint
from hutch.model.errors import Conflict, Invalid, NotFound, Unsupported
from hutch.model.mount import Mount
from hutch.storage.census import census
from hutch.storage.driver import STAGING, Usage, check_key, no_options
from hutch.storage.trash import Trash

MAX_LAYERS = 128
_PARAMETERS = "/sys/module/overlay/parameters"
_RESERVED = ("l",)
OPTIONS: tuple[str, ...] = ("overlay2.override_kernel_check",)
"""The ``--storage-opt`` of the daemon."""


class Overlay2:
    """The driver; see ``driver.py`` for what the methods promise."""

    name = "overlay2"
    whiteouts: Literal["overlay", "remove"] = "overlay"

    def __init__(self, data_root: str, options: Mapping[str, str] = MappingProxyType({})) -> None:
        """Use ``<data_root>/overlay2``. Sweeps unfinished layers. Raises Unsupported if overlayfs cannot work here."""
        check_options(options)
        problem = why_not(data_root)
        if problem is not None:
            raise Unsupported(f"overlay2 does not work on {data_root}: {problem}", hint="use --storage-driver vfs")
        self.home = os.path.join(data_root, "overlay2")
        files.ensure_folder(self.home, 0o710)
        files.ensure_folder(os.path.join(self.home, "l"), 0o710)
        self._options = fixed_options(_PARAMETERS)
        self._trash = Trash(os.path.join(self.home, ".trash"))
        self._lowers: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()
        for key in self.keys():
            if key.startswith(STAGING):
                self._trash.throw(self._folder(key))

    def prepare(self, key: str, parent: str | None, options: Mapping[str, str] | None = None) -> list[Mount]:
        """See StorageDriver."""
        no_options(self.name, options)
        lowers = self._below(parent)
        folder = self._make(key, parent, "work")
        failpoint("storage.prepare")
        return self._writable(folder, lowers)

    def view(self, key: str, parent: str | None) -> list[Mount]:
        """See StorageDriver."""
        lowers = self._below(parent)
        return self._read_only(self._make(key, parent, "view"), lowers)

    def _make(self, key: str, parent: str | None, mark: str) -> str:
        """The folder of a new layer. ``diff`` comes last: a layer that has one is complete.

        Its root looks like the parent's: it is what "/" will show.
        """
        folder = self._folder(key)
        try:
            os.mkdir(folder, 0o710)
        except FileExistsError:
            if self.exists(key):
                raise Conflict(f"layer {key} exists already") from None
            self._trash.throw(folder)  # what a crash left of an earlier attempt
            os.mkdir(folder, 0o710)
        with ExitStack() as undo:
            undo.callback(self._trash.throw, folder)
            failpoint("storage.prepare.folder")
            os.mkdir(os.path.join(folder, mark), 0o700)
            if parent is not None:
                os.symlink(self._dir_name(parent), os.path.join(folder, "parent"))
            diff = os.path.join(folder, "diff")
            os.mkdir(diff, 0o755)
            os.chmod(diff, 0o755)
            if parent is not None:
                copy_root(os.path.join(self._folder(parent), "diff"), diff)
            undo.pop_all()
        return folder

    def mounts(self, key: str) -> list[Mount]:
        """See StorageDriver."""
        folder = self._existing(key)
        lowers = self._below(self.parent(key))
        if os.path.isdir(os.path.join(folder, "work")):
            return self._writable(folder, lowers)
        if os.path.isdir(os.path.join(folder, "view")):
            return self._read_only(folder, lowers)
        raise Invalid(f"layer {key} is committed: it can be a parent, it cannot be mounted itself")

    def _writable(self, folder: str, lowers: tuple[str, ...]) -> list[Mount]:
        diff = os.path.join(folder, "diff")
        if not lowers:
            return [Mount("bind", diff, "/", ("rbind", "rw"))]
        options = (
            f"lowerdir={':'.join(lowers)}",
            f"upperdir={diff}",
            f"workdir={os.path.join(folder, 'work')}",
            *self._options,
        )
        return [Mount("overlay", "overlay", "/", options)]

    def _read_only(self, folder: str, lowers: tuple[str, ...]) -> list[Mount]:
        if len(lowers) < 2:  # overlayfs wants two lower folders when there is no upper one
            return [Mount("bind", lowers[0] if lowers else os.path.join(folder, "diff"), "/", ("rbind", "ro"))]
        return [Mount("overlay", "overlay", "/", (f"lowerdir={':'.join(lowers)}", *self._options, "ro"))]

    def layer_dir(self, key: str) -> str:
        """See StorageDriver."""
        return os.path.join(self._existing(key), "diff")

    def release(self, key: str) -> None:
        """See StorageDriver. Nothing is held."""

    def parent(self, key: str) -> str | None:
        """See StorageDriver."""
        try:
            return key_of(os.readlink(os.path.join(self._existing(key), "parent")))
        except FileNotFoundError:
            return None

    def commit(self, key: str, name: str) -> None:
        """See StorageDriver."""
        folder, final = self._existing(key), self._folder(name)
        if self.exists(name):
            self._trash.throw(folder)
            return
        if self._depth(self.parent(key)) + 1 >= MAX_LAYERS:
            raise Invalid(f"max depth exceeded: an image can have {MAX_LAYERS - 1} layers below a container")
        os.rmdir(os.path.join(folder, "work"))
        failpoint("storage.commit.before-sync")
        files.sync_tree(folder)
        failpoint("storage.commit.synced")
        os.rename(folder, final)
        self._shorten(name)
        files.sync_folder(self.home)
        failpoint("storage.commit.renamed")

    def _shorten(self, name: str) -> str:
        """The short path of a committed layer; made when missing, which is also how a crash before it is mended."""
        link = os.path.join(self.home, "l", short_name(name))
        target = f"../{self._dir_name(name)}/diff"
        try:
            os.symlink(target, link)
        except FileExistsError:
            if os.readlink(link) != target:
                raise Conflict(f"{link} does not point to {target}", hint="remove it") from None
        return link

    def _below(self, parent: str | None) -> tuple[str, ...]:
        """The lower folders for a layer over ``parent``, uppermost first."""
        if parent is None:
            return ()
        with self._lock:
            known = self._lowers.get(parent)
        if known is not None:
            return known
        lowers: list[str] = []
        at: str | None = parent
        while at is not None:
            if not self._committed(at):
                raise NotFound(f"layer {at} does not exist")
            if len(lowers) >= MAX_LAYERS:
                raise Invalid("max depth exceeded")
            lowers.append(self._shorten(at))
            at = self.parent(at)
        result = tuple(lowers)
        with self._lock:
            self._lowers[parent] = result
        return result

    def _depth(self, parent: str | None) -> int:
        return len(self._below(parent))

    def remove(self, key: str) -> None:
        """See StorageDriver."""
        with self._lock:
            self._lowers.pop(key, None)
        if key.startswith("sha256:"):
            files.remove_if_there(os.path.join(self.home, "l", short_name(key)))
        failpoint("storage.remove")
        self._trash.throw(self._folder(key))
        failpoint("storage.removed")

    def exists(self, key: str) -> bool:
        """See StorageDriver."""
        return os.path.isdir(os.path.join(self._folder(key), "diff"))

    def _committed(self, key: str) -> bool:
        folder = self._folder(key)
        return self.exists(key) and not any(os.path.isdir(os.path.join(folder, part)) for part in ("work", "view"))

    def keys(self) -> list[str]:
        """See StorageDriver."""
        return sorted(key_of(n) for n in os.listdir(self.home) if n not in _RESERVED and not n.startswith("."))

    def usage(self, key: str) -> Usage:
        """See StorageDriver."""
        return census(self.layer_dir(key))

    def status(self) -> list[tuple[str, str]]:
        """See StorageDriver."""
        return [
            ("Backing Filesystem", backing(self.home)),
            ("Supports d_type", "true"),
            ("Using metacopy", "false"),
            ("Native Overlay Diff", "true"),
            ("userxattr", "false"),
        ]

    def close(self) -> None:
        """See StorageDriver."""
        self._trash.close()

    def _dir_name(self, key: str) -> str:
        name = check_key(key).replace(":", "-")  # a colon separates lower folders in mount options
        if name in _RESERVED:
            raise Invalid(f"invalid layer key {key!r}")
        return name

    def _folder(self, key: str) -> str:
        return os.path.join(self.home, self._dir_name(key))

    def _existing(self, key: str) -> str:
        if not self.exists(key):
            raise NotFound(f"layer {key} does not exist")
        return self._folder(key)


def key_of(folder_name: str) -> str:
    """The key whose folder has this name."""
    return folder_name.replace("-", ":", 1) if folder_name.startswith("sha256-") else folder_name


def short_name(name: str) -> str:
    """26 letters and digits for a committed layer."""
    return base64.b32encode(hashlib.sha256(name.encode()).digest())[:26].decode()


def fixed_options(parameters: str) -> tuple[str, ...]:
    """Mount options that keep ``diff`` readable as a plain changeset, whatever the module's defaults are.

    With ``redirect_dir`` or ``metacopy`` a diff folder refers to lower layers by name, and could not be exported.
    """
    wanted = {"index": "index=off", "redirect_dir": "redirect_dir=off", "metacopy": "metacopy=off"}
    return tuple(option for name, option in wanted.items() if os.path.exists(os.path.join(parameters, name)))


def copy_root(source: str, target: str) -> None:
    """Give ``target`` the mode and owner of the folder ``source``."""
    status = os.stat(source)
    if stat.S_IMODE(status.st_mode) != 0o755:
        os.chmod(target, stat.S_IMODE(status.st_mode))
    if status.st_uid or status.st_gid:
        os.chown(target, status.st_uid, status.st_gid)


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
    base = os.path.join(data_root, f".probe-{os.getpid()}")
    with ExitStack() as undo:
        parts = [os.path.join(base, part) for part in ("lower", "upper", "work")]
        undo.callback(_remove_probe, base)
        for part in parts:
            os.makedirs(part, 0o700, exist_ok=True)
        os.mkdir(os.path.join(parts[0], "seen"))
        options = tuple(f"{key}dir={part}" for key, part in zip(("lower", "upper", "work"), parts, strict=True))
        try:
            fd = mount.new_mount("overlay", "overlay", options)
        except OSError as error:
            return error.strerror or str(error)
        try:
            os.stat("seen", dir_fd=fd)
        finally:
            os.close(fd)
    return None


def _remove_probe(base: str) -> None:
    for folder, folders, names in os.walk(base, topdown=False):
        for name in names:
            os.unlink(os.path.join(folder, name))
        for name in folders:
            os.rmdir(os.path.join(folder, name))
    os.rmdir(base)


def backing(path: str) -> str:
    """The name of the file system that holds ``path``, as /proc/self/mountinfo calls it (proc_pid_mountinfo(5))."""
    wanted = os.stat(path).st_dev
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            left, _, right = line.partition(" - ")
            major, _, minor = left.split()[2].partition(":")
            if os.makedev(int(major), int(minor)) == wanted:
                kind = right.split()[0]
                return "extfs" if kind in ("ext2", "ext3", "ext4") else kind
    return "unknown"
