"""Layers as folders to be laid over each other: what ``overlay2`` and ``fuse-overlayfs`` share.

::

    <driver>/                     0710
      <key>/diff                  the layer's own files
      <key>/work                  the overlay's scratch folder; only while the layer is writable
      <key>/parent -> <name>      the committed layer below; absent: none
      <key>/view                  marks a read-only look
      l/<short> -> ../<name>/diff a short name for each committed layer, so that 128 of them fit into mount options
      .trash/                     what is being deleted

Making a writable layer is three mkdirs and a symlink, whatever the size of the image. A committed layer's short name
is cut from a hash of its name; with 130 bits two layers cannot be made to share one.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import stat
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Literal, NamedTuple

from hutch.linux import files
from hutch.linux.failpoint import failpoint
from hutch.model.errors import Conflict, Invalid, NotFound
from hutch.model.mount import Mount
from hutch.storage.backing import backing
from hutch.storage.census import census
from hutch.storage.driver import STAGING, Usage, check_key, no_options
from hutch.storage.trash import Trash

MAX_LAYERS = 128
"""Committed layers below a container, as in Docker."""
_RESERVED = ("l",)


class Prepared(NamedTuple):
    """A prepared layer that is to be committed."""

    key: str
    name: str
    rooted: bool = True
    """Whether its root looks as it is to look; else as that of the layer below."""


class LayerFolders:
    """A driver but for the mounts; see ``driver.py`` for what the methods promise."""

    name = ""
    whiteouts: Literal["overlay", "remove"] = "overlay"
    kind = ""
    """The type of the mounts."""
    fixed: tuple[str, ...] = ()
    """Options of every mount."""

    def __init__(self, data_root: str) -> None:
        """Use ``<data_root>/<name>``. Sweeps unfinished layers. Raises OSError."""
        self.home = os.path.join(data_root, self.name)
        files.ensure_folder(self.home, 0o710)
        files.ensure_folder(os.path.join(self.home, "l"), 0o710)
        self._trash = Trash(os.path.join(self.home, ".trash"), self._drop)
        self._lowers: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()
        for key in self.keys():
            if key.startswith(STAGING):
                self._trash.throw(self._folder(key))

    def prepare(self, key: str, parent: str | None, options: Mapping[str, str] | None = None) -> list[Mount]:
        """See StorageDriver."""
        limit = self._limit(options or {})
        lowers = self._below(parent)
        folder = self._make(key, parent, "work", limit)
        failpoint("storage.prepare")
        return self._writable(folder, lowers)

    def _limit(self, options: Mapping[str, str]) -> int:
        """The most bytes that a new layer may take; 0: no limit. Raises Unsupported, Invalid."""
        no_options(self.name, options)
        return 0

    def _drop(self, folder: str) -> None:
        """Give back what belongs to a layer's ``folder`` in the trash and is not in it.

        Called in the background, also for what a crash left. Raises OSError: the next process tries again.
        """

    def _confine(self, folder: str, limit: int) -> None:
        """Limit the layer that is about to be made in the empty ``folder`` to ``limit`` bytes. Raises OSError."""
        raise NotImplementedError

    def _written(self, folder: str) -> tuple[str, ...]:
        """The options that say where a mount of the layer writes to."""
        return (f"upperdir={os.path.join(folder, 'diff')}", f"workdir={os.path.join(folder, 'work')}")

    def _root(self, folder: str) -> str:
        """The folder of the layer's own files; what is held for it goes with :meth:`release`. Raises OSError."""
        return os.path.join(folder, "diff")

    def view(self, key: str, parent: str | None) -> list[Mount]:
        """See StorageDriver."""
        lowers = self._below(parent)
        return self._read_only(self._make(key, parent, "view"), lowers)

    def _make(self, key: str, parent: str | None, mark: str, limit: int = 0) -> str:
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
            if limit:
                self._confine(folder, limit)
            os.mkdir(os.path.join(folder, mark), 0o700)
            if parent is not None:
                os.symlink(self._dir_name(parent), os.path.join(folder, "parent"))
            if limit:
                undo.callback(self.release, key)
            diff = os.path.join(folder, "diff")
            os.mkdir(diff, 0o755)
            os.chmod(diff, 0o755)
            if parent is not None:
                copy_root(os.path.join(self._folder(parent), "diff"), self._root(folder))
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
            *self._written(folder),
            *self.fixed,
        )
        return [Mount(self.kind, self.name, "/", options)]

    def _read_only(self, folder: str, lowers: tuple[str, ...]) -> list[Mount]:
        if len(lowers) < 2:  # overlayfs wants two lower folders when there is no upper one
            return [Mount("bind", lowers[0] if lowers else os.path.join(folder, "diff"), "/", ("rbind", "ro"))]
        return [Mount(self.kind, self.name, "/", (f"lowerdir={':'.join(lowers)}", *self.fixed, "ro"))]

    def layer_dir(self, key: str) -> str:
        """See StorageDriver."""
        return self._root(self._existing(key))

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
        self._commit([Prepared(key, name)], self.parent(key))

    def commit_over(self, parent: str | None, layers: Sequence[Prepared]) -> None:
        """Lay layers that were prepared over nothing upon each other, the first over ``parent``, and commit them with
        one sync for all. Raises as :meth:`commit`; each layer is there completely then, or not at all."""
        lower, above = self._folder(parent) if parent else "", parent
        for layer in layers:
            folder = self._existing(layer.key)
            if above is not None:
                os.symlink(self._dir_name(above), os.path.join(folder, "parent"))
                if not layer.rooted:
                    copy_root(os.path.join(lower, "diff"), os.path.join(folder, "diff"))
            lower, above = folder, layer.name
        self._commit(layers, parent)

    def _commit(self, layers: Sequence[Prepared], parent: str | None) -> None:
        folders = [self._existing(layer.key) for layer in layers]
        if len(self._below(parent)) + len(layers) > MAX_LAYERS and not self.exists(layers[-1].name):
            raise Invalid("max depth exceeded", hint=f"an image can have {MAX_LAYERS} layers")
        for folder in folders:
            os.rmdir(os.path.join(folder, "work"))
        failpoint("storage.commit.before-sync")
        files.sync_tree(self.home)
        failpoint("storage.commit.synced")
        for folder, layer in zip(folders, layers, strict=True):
            self._name(folder, layer.name)
        files.sync_folder(self.home)
        failpoint("storage.commit.renamed")

    def _name(self, folder: str, name: str) -> None:
        """Give a layer that is complete and durable its name, unless there is one of that name."""
        try:
            os.rename(folder, self._folder(name))
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            self._trash.throw(folder)
            return
        self._shorten(name)

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
            lowers.append(self._shorten(at))
            at = self.parent(at)
        result = tuple(lowers)
        with self._lock:
            self._lowers[parent] = result
        return result

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
        return [("Backing Filesystem", backing(self.home))]

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


def copy_root(source: str, target: str) -> None:
    """Give ``target`` the mode and owner of the folder ``source``."""
    status = os.stat(source)
    if stat.S_IMODE(status.st_mode) != 0o755:
        os.chmod(target, stat.S_IMODE(status.st_mode))
    if status.st_uid or status.st_gid:
        os.chown(target, status.st_uid, status.st_gid)
