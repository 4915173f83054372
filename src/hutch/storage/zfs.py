"""Layers as datasets of ZFS, and children as clones of their snapshots: nothing is copied.

::

    <parent>/hutch-<id>-<random>         a layer's file system, with mountpoint=legacy: nobody mounts it by itself
    <parent>/hutch-<id>-<random>@layer   what is in it for good: of committed layers
    zfs/                 0710
      .id                the <id> above, which tells our datasets from those of another data root
      <key>/dataset      {"name": the file system's last component, "size": its quota in bytes, 0: none}
      <key>/tree         an empty folder
      <key>/parent, view, writable   as in trees.py: the layer below, and what the layer is
      .making-<random>   a layer being made
      .trash/            layers whose dataset is being destroyed

``<parent>`` is the dataset that the data root lies on, or ``zfs.fsname``; what layers inherit from it (compression,
xattr=sa, acltype, encryption) is its owner's choice. The data root need not lie on ZFS then.

All is done by zfs(8) (``linux/zfs.py``), one command for making a container. The name of a dataset is on disk before it
is made, and its folder goes after it. What a crash leaves is found in ``.making-``, in the trash, or, when the command
outlived the daemon, below ``<parent>`` with our id and in no folder: the next process destroys it. Names are those
within ``<parent>``, so that it can be renamed, or its pool imported by another name.

A layer's files are looked at through a detached mount. Committed layers are mounted by their snapshot, which cannot be
written to. A container's ``size`` is the quota of its clone: what is shared with the image does not count.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from hutch.linux import files, modules, mount, zfs
from hutch.linux.failpoint import failpoint
from hutch.model.errors import Conflict, Invalid, System, Unsupported
from hutch.model.mount import Mount
from hutch.storage.census import census
from hutch.storage.driver import Usage, asked_size
from hutch.storage.held import Held
from hutch.storage.trees import MAKING, Trees

_log = logging.getLogger(__name__)

OPTIONS: tuple[str, ...] = ("zfs.fsname",)
"""``zfs.fsname=POOL/DATASET``: the file system below which the layers are."""

_FILE = "dataset"
_ID = ".id"
_SNAPSHOT = "layer"
_PROPERTIES = {"mountpoint": "legacy", "snapdir": "hidden"}
"""Of every layer: mounted by us alone, and without a ``.zfs`` among its files."""
_LARGEST = 4096
"""Bytes of a ``dataset`` file."""
_PATIENCE = 10.0
"""Seconds that a removal waits for a container's last mounts to go."""
_PAUSE = 0.1


class Record(NamedTuple):
    """What a ``dataset`` file says."""

    name: str
    size: int = 0

    @classmethod
    def read(cls, folder: str) -> Record | None:
        """The dataset of the layer in ``folder``; None if it has none. Raises System for a file that says nothing."""
        path = os.path.join(folder, _FILE)
        try:
            return cls(**json.loads(files.read_bounded(path, _LARGEST)))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, TypeError) as error:
            raise System(f"{path} is damaged: {error}") from None

    def write(self, folder: str) -> None:
        """Put it on disk, for good. Raises OSError."""
        files.write_atomic(os.path.join(folder, _FILE), json.dumps(self._asdict()).encode())


def missing(data_root: str, parent: str = "") -> list[str]:
    """What the driver needs and does not have here; ``parent`` is ``zfs.fsname``, "" for the one of ``data_root``.

    The module is loaded if somebody names a dataset; a data root on ZFS has it loaded. Raises OSError.
    """
    lacks = []
    if not parent and not zfs.is_zfs(data_root):
        lacks.append("the data root is not on zfs")
    lacks += [f"there is no {name} command" for name in ("zfs", "zpool") if zfs.program(name) is None]
    if not os.path.exists(zfs.CONTROL) and not (parent and modules.load("zfs") and os.path.exists(zfs.CONTROL)):
        lacks.append(f"there is no {zfs.CONTROL}, which the zfs module brings")
    elif not os.access(zfs.CONTROL, os.R_OK | os.W_OK):
        lacks.append(f"{zfs.CONTROL} may not be opened")
    return lacks


def why_not(data_root: str) -> str | None:
    """Why the driver cannot work on ``data_root``; None if it can. Raises OSError."""
    return "; ".join(missing(data_root)) or None


class Zfs(Trees):
    """The driver; see ``driver.py`` for what the methods promise."""

    name = "zfs"

    def __init__(self, data_root: str, options: Mapping[str, str] = MappingProxyType({})) -> None:
        """Use ``<data_root>/zfs`` and the parent dataset. Sweeps unfinished layers, and datasets of no layer.

        Raises Unsupported naming everything that is missing here, Invalid for an option's value, OSError.
        """
        os.makedirs(data_root, 0o710, exist_ok=True)
        self._parent = _parent(data_root, options.get("zfs.fsname", ""))
        there = _below(self._parent)
        home = os.path.join(data_root, self.name)
        files.ensure_folder(home, 0o710)
        self._prefix = f"hutch-{_own_id(home)}-"
        self._held = Held()
        known = {record.name: folder for folder in _folders(home) if (record := Record.read(folder)) is not None}
        _check_place(home, self._parent, known, there)
        super().__init__(data_root)
        for name, folder in known.items():
            if name not in there and os.path.dirname(folder) == home and os.path.isdir(folder):
                _log.warning("layer %s has lost its dataset %s/%s", os.path.basename(folder), self._parent, name)
                self._trash.throw(folder)
        for name in sorted(there - known.keys()):
            if name.startswith(self._prefix):
                self._forget(name)

    def _forget(self, name: str) -> None:
        """Destroy a dataset of ours that no layer has, as if its layer were being removed."""
        making = os.path.join(self.home, MAKING + os.urandom(6).hex())
        os.mkdir(making, 0o710)
        Record(name).write(making)
        self._trash.throw(making)

    def prepare(self, key: str, parent: str | None, options: Mapping[str, str] | None = None) -> list[Mount]:
        """See StorageDriver. ``size``: the quota, for what the container has of its own."""
        self.make(key, parent, bound(options or {}))
        failpoint("storage.prepare")
        return self.mounts(key)

    def confine(self, folder: str, limit: int) -> None:
        """See Trees: the dataset is made with that quota."""
        self._draw(limit).write(folder)

    def _draw(self, size: int = 0) -> Record:
        return Record(self._prefix + os.urandom(8).hex(), size)

    def fill(self, folder: str, parent: str | None) -> None:
        """See Trees: a new file system, or a clone of the parent's snapshot."""
        record = Record.read(folder)
        if record is None:
            record = self._draw()
            record.write(folder)
        properties = {**_PROPERTIES, **({"quota": str(record.size)} if record.size else {})}
        if parent is None:
            zfs.create(self._dataset(record), properties)
        else:
            zfs.clone(self._snapshot(self._recorded(parent)), self._dataset(record), properties)
        os.mkdir(os.path.join(folder, "tree"), 0o755)

    def _dataset(self, record: Record) -> str:
        return f"{self._parent}/{record.name}"

    def _snapshot(self, record: Record) -> str:
        return f"{self._parent}/{record.name}@{_SNAPSHOT}"

    @staticmethod
    def _recorded(folder: str) -> Record:
        record = Record.read(folder)
        if record is None:
            raise Conflict(f"layer {os.path.basename(folder)} has no dataset of its own")
        return record

    def mounts(self, key: str) -> list[Mount]:
        """See StorageDriver."""
        folder = self.existing(key)
        if os.path.isdir(os.path.join(folder, "writable")):
            return [Mount("zfs", self._dataset(self._recorded(folder)), "/", ("rw",))]
        if not os.path.isdir(os.path.join(folder, "view")):
            raise Invalid(f"layer {key} is committed: it can be a parent, it cannot be mounted itself")
        parent = self.parent(key)
        if parent is None:
            return [Mount("bind", os.path.join(folder, "tree"), "/", ("rbind", "ro"))]
        return [Mount("zfs", self._snapshot(self._recorded(self.existing(parent))), "/", ("ro",))]

    def layer_dir(self, key: str) -> str:
        """See StorageDriver: a path through a detached mount of this process."""
        folder = self.existing(key)
        record = Record.read(folder)
        if record is None:  # a view
            parent = self.parent(key)
            return os.path.join(folder, "tree") if parent is None else self.layer_dir(parent)
        if os.path.isdir(os.path.join(folder, "writable")):
            return self._held.path(key, lambda: mount.new_mount("zfs", self._dataset(record)))
        return self._held.path(key, lambda: mount.new_mount("zfs", self._snapshot(record), ("ro",)))

    def release(self, key: str) -> None:
        """See StorageDriver."""
        self._held.drop(key)

    def settle(self, key: str) -> None:
        """See Trees: the snapshot, by which the layer is a parent from now on."""
        self._held.drop(key)
        snapshot = self._snapshot(self._recorded(self.existing(key)))
        try:
            zfs.snapshot(snapshot)
        except FileExistsError:  # of a commit that failed after this
            zfs.destroy(snapshot)
            zfs.snapshot(snapshot)

    def remove(self, key: str) -> None:
        """See StorageDriver."""
        self._held.drop(key)
        super().remove(key)

    def drop(self, folder: str) -> None:
        """See Trees: the dataset is destroyed, whose blocks are freed in the background."""
        record = Record.read(folder)
        if record is not None and record.name.startswith(self._prefix):
            self._destroy(record)

    def _destroy(self, record: Record) -> None:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return zfs.destroy(self._dataset(record))
            except FileNotFoundError:
                return None
            except OSError as error:
                if error.errno == errno.ENOTEMPTY and self._destroy_clones(record):
                    continue
                if error.errno != errno.EBUSY or time.monotonic() > end:
                    raise
            time.sleep(_PAUSE)

    def _destroy_clones(self, record: Record) -> bool:
        """Destroy the clones of a layer that are in the trash as well; whether there was any."""
        clones = set(zfs.clones(self._snapshot(record)))
        thrown = [found for folder in _trash(self.home) if (found := Record.read(folder)) is not None]
        mine = [found for found in thrown if self._dataset(found) in clones]
        for found in mine:
            self._destroy(found)
        return bool(mine)

    def usage(self, key: str) -> Usage:
        """See StorageDriver. A clone has the inodes of what did not change; those are the parent's."""
        below = self.parent(key)
        return census(self.layer_dir(key), self.layer_dir(below) if below else None)

    def status(self) -> list[tuple[str, str]]:
        """See StorageDriver."""
        pool = self._parent.partition("/")[0]
        try:
            health = zfs.health(pool)
            about = zfs.properties(self._parent, "used", "available", "quota", "compression")
        except OSError as error:
            return [
                ("Zpool", f"error while getting pool information {error.strerror}"),
                ("Zpool Health", "not available"),
                ("Parent Dataset", self._parent),
            ]
        return [
            ("Zpool", pool),
            ("Zpool Health", health),
            ("Parent Dataset", self._parent),
            ("Space Used By Parent", about["used"]),
            ("Space Available", about["available"]),
            ("Parent Quota", "no" if about["quota"] == "0" else about["quota"]),
            ("Compression", about["compression"]),
        ]

    def close(self) -> None:
        """See StorageDriver."""
        super().close()
        self._held.close()


def bound(options: Mapping[str, str]) -> int:
    """The size in bytes that a container was given by its ``--storage-opt``, 0 for none. Raises Invalid. Pure."""
    return asked_size("zfs", options) or 0


def _parent(data_root: str, named: str) -> str:
    """The dataset below which the layers are. Raises Unsupported, Invalid."""
    if named and not zfs.is_name(named):
        raise Invalid(f"zfs.fsname: {named[:200]!r} names no file system of ZFS", hint="the form is POOL/DATASET")
    lacks = missing(data_root, named)
    if lacks:
        raise Unsupported(
            f"zfs does not work on {data_root}: prerequisites for driver not satisfied (wrong filesystem?)",
            hint="; ".join(lacks),
        )
    found = named or zfs.holding(data_root)
    if found is None or not zfs.is_name(found):
        raise Unsupported(
            f"zfs does not work on {data_root}: no mount shows which dataset that is on",
            hint="name one with --storage-opt zfs.fsname=POOL/DATASET",
        )
    return found


def _below(parent: str) -> set[str]:
    """Last components of the file systems below ``parent``. Raises Invalid if that is none."""
    try:
        return {name.rpartition("/")[2] for name in zfs.children(parent)}
    except FileNotFoundError as error:
        raise Invalid(f"cannot find root filesystem {parent}: {error.strerror}") from None


def _own_id(home: str) -> str:
    """Eight hexadecimal digits that this folder has had since it was first used. Raises OSError."""
    path = os.path.join(home, _ID)
    try:
        return files.read_bounded(path, 8).decode("ascii")
    except FileNotFoundError:
        drawn = os.urandom(4).hex()
        files.write_atomic(path, drawn.encode())
        return drawn


def _check_place(home: str, parent: str, known: Mapping[str, str], there: set[str]) -> None:
    """Raise Invalid if there are layers, and all their datasets are somewhere else. Pure."""
    layers = [name for name, folder in known.items() if not os.path.relpath(folder, home).startswith(".")]
    if layers and not there.intersection(layers):
        raise Invalid(
            f"the layers in {home} are not below the dataset {parent}",
            hint=f"name theirs with --storage-opt zfs.fsname=POOL/DATASET, or remove {home} if all were destroyed",
        )


def _folders(home: str) -> Iterator[str]:
    """The folders that may have a ``dataset`` file."""
    yield from (entry.path for entry in os.scandir(home) if entry.is_dir(follow_symlinks=False))
    yield from _trash(home)


def _trash(home: str) -> list[str]:
    folder = os.path.join(home, ".trash")
    return [os.path.join(folder, name) for name in os.listdir(folder)] if os.path.isdir(folder) else []
