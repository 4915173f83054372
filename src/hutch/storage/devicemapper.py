"""Layers as thin volumes of the device mapper, and children as snapshots of them, each with a file system of its own.

::

    devicemapper/        0710
      .pool/data, metadata   the pool's files (loop-lvm mode); none with dm.thinpooldev or with devices of one's own
      .base/device       the volume that layers over nothing are snapshots of: an empty file system
      <key>/device       {"id": the volume's number, "sectors": its size, "kind": its file system}
      <key>/tree         an empty folder
      <key>/parent, view, writable   as in trees.py: the layer below, and what the layer is
      .making-<random>   a layer being made
      .trash/            layers whose volume is being given back

Everything is done by ioctl(2) (``linux/devmapper.py``); only the first file system is made by a program. The number of
a volume is on disk before the volume is made, and a folder goes after its volume: a crash leaves volumes that the next
process finds in ``.making-`` or in the trash, none that nobody knows of.

A layer's files are looked at through a detached mount, which no mount table shows; it is closed at ``release``, when
the layer is committed or removed, and when many are open. A mapped volume costs memory in the kernel, so it is unmapped
when nobody uses it any more; committed layers are mapped read-only.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from hutch.linux import devmapper, files, modules, mount
from hutch.linux.failpoint import failpoint
from hutch.model.errors import Conflict, Invalid, System, Unsupported
from hutch.model.mount import Mount
from hutch.model.size import human_size
from hutch.storage import formatting
from hutch.storage.census import census
from hutch.storage.dm_options import OPTIONS as OPTIONS
from hutch.storage.dm_options import Options
from hutch.storage.driver import Usage, asked_size
from hutch.storage.held import Held
from hutch.storage.thinpool import SECTOR, Backing, ThinPool
from hutch.storage.trees import MAKING, Trees

_BASE = ".base"
_POOL = ".pool"
_FILE = "device"
_LARGEST = 4096
"""Bytes of a ``device`` file."""
_PATIENCE = 10.0
"""Seconds that a removal waits for a container's last mounts to go."""


class Volume(NamedTuple):
    """What a ``device`` file says."""

    id: int
    sectors: int
    kind: str

    @classmethod
    def read(cls, folder: str) -> Volume | None:
        """The volume of the layer in ``folder``; None if it has none. Raises System for a file that says nothing."""
        path = os.path.join(folder, _FILE)
        try:
            return cls(**json.loads(files.read_bounded(path, _LARGEST)))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise System(f"{path} is damaged: {error}") from None

    def write(self, folder: str) -> None:
        """Put it on disk, for good. Raises OSError."""
        files.write_atomic(os.path.join(folder, _FILE), json.dumps(self._asdict()).encode())


def why_not(data_root: str) -> str | None:
    """Why the driver cannot work: this kernel lacks thin provisioning; None if it has it. Raises OSError."""
    if not os.path.isdir(data_root):
        return f"{data_root} is no folder"
    if "thin-pool" not in devmapper.targets():
        modules.load("dm-thin-pool")
    if not os.path.exists(devmapper.CONTROL):
        return "there is no device mapper in this kernel"
    return None if "thin-pool" in devmapper.targets() else "this kernel's device mapper has no thin provisioning"


class Devicemapper(Trees):
    """The driver; see ``driver.py`` for what the methods promise."""

    name = "devicemapper"

    def __init__(self, data_root: str, options: Mapping[str, str] = MappingProxyType({})) -> None:
        """Use ``<data_root>/devicemapper`` and the pool. Sweeps unfinished layers, makes the first file system.

        Raises Unsupported if the kernel or a program lacks what is needed, Invalid for an option's value, OSError.
        """
        self._options = Options.of(options)
        os.makedirs(data_root, 0o710, exist_ok=True)
        problem = why_not(data_root)
        if problem is not None:
            raise Unsupported(f"devicemapper does not work on {data_root}: {problem}")
        home = os.path.join(data_root, self.name)
        files.ensure_folder(home, 0o710)
        self._held = Held(self._let_go)
        self._pool = self._open_pool(home)
        self._pool.record({v.id for f in _layers(home) if (v := Volume.read(f)) is not None})
        super().__init__(data_root)
        self._base = self._first(os.path.join(home, _BASE))

    def _open_pool(self, home: str) -> ThinPool:
        status = os.stat(home)
        prefix = f"hutch-{os.major(status.st_dev)}:{os.minor(status.st_dev)}-{status.st_ino}"
        wanted = self._options
        if wanted.pool:
            return ThinPool(wanted.pool, prefix, None)
        files.ensure_folder(os.path.join(home, _POOL), 0o700)
        backing = Backing(
            wanted.data_device or os.path.join(home, _POOL, "data"),
            wanted.data_size,
            wanted.metadata_device or os.path.join(home, _POOL, "metadata"),
            wanted.metadata_size,
            wanted.block,
        )
        return ThinPool(f"{prefix}-pool", prefix, backing)

    def _first(self, folder: str) -> Volume:
        """The volume with an empty file system, made when it is not there."""
        found = Volume.read(folder)
        if found is not None:
            return found
        volume = Volume(self._pool.draw(), self._options.base // SECTOR, self._options.kind or formatting.first_kind())
        making = os.path.join(self.home, MAKING + os.urandom(6).hex())
        os.mkdir(making, 0o710)
        try:
            volume.write(making)
            self._pool.make(volume.id)
            device = self._pool.activate(volume.id, volume.sectors)
            formatting.make(volume.kind, device, self._options.arguments)
            fd = self._mount(volume, read_only=False)
            try:
                root = f"/proc/self/fd/{fd}/."
                if os.path.isdir(os.path.join(root, "lost+found")):
                    os.rmdir(os.path.join(root, "lost+found"))
                os.chmod(root, 0o755)
            finally:
                os.close(fd)
            self._unmap(volume)
            os.rename(making, folder)
        except BaseException:
            self._trash.throw(making)
            raise
        files.sync_folder(self.home)
        return volume

    def prepare(self, key: str, parent: str | None, options: Mapping[str, str] | None = None) -> list[Mount]:
        """See StorageDriver. ``size``: the size of the container's file system, not less than ``dm.basesize``."""
        size = larger(options or {}, self._base.sectors * SECTOR)
        self._check_room()
        folder = self.make(key, parent)
        if size:
            try:
                self._grow(key, folder, size)
            except BaseException:
                self.remove(key)
                raise
        failpoint("storage.prepare")
        return self.mounts(key)

    def _check_room(self) -> None:
        """Raise System if the pool has less room than ``dm.min_free_space`` says."""
        fill = self._pool.fill()
        least = fill.data_total * self._options.least_free // 100
        free = fill.data_total - fill.data_used
        if free < least:
            block = self._pool.block
            raise System(
                f"devmapper: Thin Pool has {free // block} free data blocks which is less than minimum required "
                f"{least // block} free data blocks. Create more free space in thin pool or use dm.min_free_space "
                "option to change behavior"
            )

    def _grow(self, key: str, folder: str, size: int) -> None:
        volume = self._volume(key)._replace(sectors=size // SECTOR)
        volume.write(folder)
        formatting.grow(volume.kind, self.layer_dir(key), volume.sectors * SECTOR)
        self.release(key)

    def fill(self, folder: str, parent: str | None) -> None:
        """See Trees: a snapshot of the parent's volume, or of the first."""
        origin = self._base if parent is None else Volume.read(parent)
        assert origin is not None, parent
        volume = origin._replace(id=self._pool.draw())
        volume.write(folder)
        files.sync_folder(self.home)
        self._pool.snapshot(volume.id, origin.id)
        os.mkdir(os.path.join(folder, "tree"), 0o755)

    def mounts(self, key: str) -> list[Mount]:
        """See StorageDriver. The volume is mapped until ``release``."""
        folder = self.existing(key)
        if os.path.isdir(os.path.join(folder, "writable")):
            volume = self._volume(key)
            return [Mount(volume.kind, self._map(volume), "/", (*self._mount_options(volume), "rw"))]
        if not os.path.isdir(os.path.join(folder, "view")):
            raise Invalid(f"layer {key} is committed: it can be a parent, it cannot be mounted itself")
        parent = self.parent(key)
        if parent is None:
            return [Mount("bind", os.path.join(folder, "tree"), "/", ("rbind", "ro"))]
        volume = self._volume(parent)
        return [Mount(volume.kind, self._map(volume, read_only=True), "/", (*self._mount_options(volume), "ro"))]

    def layer_dir(self, key: str) -> str:
        """See StorageDriver: a path through a detached mount of this process."""
        folder = self.existing(key)
        volume = Volume.read(folder)
        if volume is None:  # a view
            parent = self.parent(key)
            return os.path.join(folder, "tree") if parent is None else self.layer_dir(parent)
        writable = os.path.isdir(os.path.join(folder, "writable"))
        return self._held.path(key, lambda: self._mount(volume, read_only=not writable))

    def release(self, key: str) -> None:
        """See StorageDriver."""
        self._held.let_go(key)

    def _let_go(self, key: str) -> None:
        volume = Volume.read(self.folder(key))
        if volume is not None:
            self._pool.deactivate(volume.id, deferred=self._options.deferred_removal)

    def settle(self, key: str) -> None:
        """See Trees: unmounted, the layer's file system is whole on its volume. Raises OSError if somebody uses it."""
        self._held.drop(key)
        self._unmap(self._volume(key))

    def remove(self, key: str) -> None:
        """See StorageDriver."""
        self._held.drop(key)
        super().remove(key)

    def drop(self, folder: str) -> None:
        """See Trees: the volume is given back."""
        volume = Volume.read(folder)
        if volume is None:
            return
        self._unmap(volume)
        self._pool.delete(volume.id, volume.sectors, discard=self._options.discard)

    def _unmap(self, volume: Volume) -> None:
        """Unmap a volume; its last mount may be on its way out still. Raises OSError (EBUSY) if it stays."""
        end = time.monotonic() + _PATIENCE
        while not self._pool.deactivate(volume.id, deferred=False):
            if time.monotonic() > end:
                raise OSError(16, "Device or resource busy", self._pool.mapped(volume.id))
            time.sleep(0.02)

    def _volume(self, key: str) -> Volume:
        volume = Volume.read(self.existing(key))
        if volume is None:
            raise Conflict(f"layer {key} has no volume of its own")
        return volume

    def _map(self, volume: Volume, *, read_only: bool = False) -> str:
        return self._pool.activate(volume.id, volume.sectors, read_only=read_only)

    def _mount_options(self, volume: Volume) -> tuple[str, ...]:
        return (*formatting.OPTIONS[volume.kind], *self._options.mount)

    def _mount(self, volume: Volume, *, read_only: bool) -> int:
        options = (*self._mount_options(volume), *(("ro",) if read_only else ()))
        return mount.new_mount(volume.kind, self._map(volume, read_only=read_only), options)

    def usage(self, key: str) -> Usage:
        """See StorageDriver. A snapshot has the inodes of what did not change; those are the parent's."""
        below = self.parent(key)
        return census(self.layer_dir(key), self.layer_dir(below) if below else None)

    def status(self) -> list[tuple[str, str]]:
        """See StorageDriver."""
        fill, options = self._pool.fill(), self._options
        rows = [
            ("Pool Name", self._pool.name),
            ("Pool Blocksize", human_size(self._pool.block)),
            ("Base Device Size", human_size(self._base.sectors * SECTOR)),
            ("Backing Filesystem", self._base.kind),
            ("Udev Sync Supported", "false"),
        ]
        if not options.pool:
            rows.append(("Data file", options.data_device))
            rows.append(("Metadata file", options.metadata_device))
        rows += [
            ("Data Space Used", human_size(fill.data_used)),
            ("Data Space Total", human_size(fill.data_total)),
            ("Data Space Available", human_size(fill.data_total - fill.data_used)),
            ("Metadata Space Used", human_size(fill.metadata_used)),
            ("Metadata Space Total", human_size(fill.metadata_total)),
            ("Metadata Space Available", human_size(fill.metadata_total - fill.metadata_used)),
            ("Thin Pool Minimum Free Space", human_size(fill.data_total * options.least_free // 100)),
            ("Deferred Removal Enabled", str(options.deferred_removal).lower()),
            ("Deferred Deletion Enabled", "true"),
            ("Deferred Deleted Device Count", str(len(self._trash.failed))),
        ]
        if not options.pool and not options.data_device:
            rows.append(("Data loop file", os.path.join(self.home, _POOL, "data")))
        if not options.pool and not options.metadata_device:
            rows.append(("Metadata loop file", os.path.join(self.home, _POOL, "metadata")))
        return rows

    def close(self) -> None:
        """See StorageDriver. The pool stays while containers use it."""
        super().close()
        self._held.close()
        self._pool.close()


def _layers(home: str) -> list[str]:
    """The folders that may have a ``device`` file."""
    trash = os.path.join(home, ".trash")
    folders = [entry.path for entry in os.scandir(home) if entry.is_dir(follow_symlinks=False)]
    return folders + ([entry.path for entry in os.scandir(trash)] if os.path.isdir(trash) else [])


def larger(options: Mapping[str, str], base: int) -> int:
    """The size in bytes that a container was given by its ``--storage-opt``, 0 for none. Raises Invalid. Pure."""
    size = asked_size("devicemapper", options)
    if size is None:
        return 0
    if size < base:
        raise Invalid(f"devmapper: Container size cannot be smaller than {human_size(base)}")
    return size
