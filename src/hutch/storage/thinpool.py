"""A pool of blocks and the thin volumes in it (kernel documentation, device-mapper/thin-provisioning).

A pool is either given (``dm.thinpooldev``: made by an administrator, say with LVM) or made here over two block devices
or, by default, over two sparse files through loop devices: ``data`` and ``metadata``. It stays when the daemon ends
while containers use it, and the next daemon finds it by its name.

A volume is a number in the pool's metadata. The pool writes its metadata out with every message that makes or deletes a
volume, so a volume whose number was recorded beforehand can be told apart after a crash: it is there or not.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from hutch.linux import devmapper, loop
from hutch.model.errors import System, Unsupported

SECTOR = devmapper.SECTOR
_LAST = (1 << 24) - 1
"""The largest number of a volume."""
_METADATA_BLOCK = 4096


class Backing(NamedTuple):
    """What a pool that is made here is made over."""

    data: str
    """A block device, or a file that is made."""
    data_size: int
    """Bytes of the file."""
    metadata: str
    metadata_size: int
    block: int
    """Bytes of the pool's blocks."""


class Fill(NamedTuple):
    """How full a pool is, in bytes."""

    data_used: int
    data_total: int
    metadata_used: int
    metadata_total: int
    held: bool
    """Whether it can be written to no more (out of metadata, failed)."""


class ThinPool:
    """An open pool. Its methods may be called from several threads."""

    def __init__(self, name: str, prefix: str, backing: Backing | None) -> None:
        """The pool ``name``; if there is none it is made over ``backing``. Volumes are mapped as ``<prefix>-<number>``.

        Raises Unsupported if there is no such pool and nothing to make it of, OSError.
        """
        self.name = name
        self.own = backing is not None
        self._prefix = prefix
        self._lock = threading.RLock()
        device = devmapper.find(name)
        if device is None:
            if backing is None:
                raise Unsupported(
                    f"devmapper: there is no thin pool {name!r}", hint="make it, or leave out dm.thinpooldev"
                )
            device = _make(name, backing)
        self.path = device.path
        self.block = _block_size(name)
        self._used: set[int] = set()
        self._next = 0

    def record(self, numbers: set[int]) -> None:
        """Which numbers are taken already."""
        self._used |= numbers
        self._next = max(self._used, default=-1) + 1

    def draw(self) -> int:
        """A number that no volume of ours has. Raises System."""
        with self._lock:
            if len(self._used) > _LAST:
                raise System("devmapper: no volume number is left in the pool")
            while self._next > _LAST or self._next in self._used:
                self._next = 0 if self._next > _LAST else self._next + 1
            self._used.add(self._next)
            return self._next

    def make(self, number: int) -> None:
        """An empty volume. What a crash left under the number, which nobody recorded, goes. Raises OSError."""
        self._anew(f"create_thin {number}", number)

    def snapshot(self, number: int, origin: int) -> None:
        """A volume that begins as ``origin`` is. Raises OSError."""
        with self._lock, self._quiet(origin):
            self._anew(f"create_snap {number} {origin}", number)

    def _anew(self, text: str, number: int) -> None:
        try:
            devmapper.message(self.name, text)
        except FileExistsError:
            devmapper.message(self.name, f"delete {number}")
            devmapper.message(self.name, text)

    @contextmanager
    def _quiet(self, number: int) -> Iterator[None]:
        """With the volume suspended if it is mapped: writes on their way would spoil a snapshot."""
        name = self.mapped(number)
        if devmapper.find(name) is None:
            yield
            return
        devmapper.suspend(name)
        try:
            yield
        finally:
            devmapper.resume(name)

    def mapped(self, number: int) -> str:
        """The name of the volume's device, when it has one."""
        return f"{self._prefix}-{number}"

    def activate(self, number: int, sectors: int, *, read_only: bool = False) -> str:
        """Map the volume, unless it is, and give the path of its device. Raises OSError."""
        with self._lock:
            name = self.mapped(number)
            device = devmapper.find(name)
            if device is not None and (not device.deferred or _stays(name)):
                return device.path
            return devmapper.create(name, sectors, "thin", f"{self.path} {number}", read_only=read_only).path

    def deactivate(self, number: int, *, deferred: bool) -> bool:
        """Unmap the volume, or have that done when its last user is gone; whether it is unmapped. Raises OSError."""
        with self._lock:
            name = self.mapped(number)
            try:
                devmapper.remove(name, deferred=deferred)
            except OSError as error:
                if error.errno == errno.ENXIO:
                    return True
                if error.errno == errno.EBUSY:
                    return False
                raise
            return not deferred or devmapper.find(name) is None

    def delete(self, number: int, sectors: int, *, discard: bool) -> None:
        """Give the volume back to the pool; with ``discard`` also its blocks to what is below the pool.

        No error if it is not there. Raises OSError: EBUSY while somebody has it open.
        """
        if discard:
            self._discard(number, sectors)
        if not self.deactivate(number, deferred=False):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), self.mapped(number))
        with self._lock:
            try:
                devmapper.message(self.name, f"delete {number}")
            except OSError as error:
                if error.errno != errno.ENODATA:
                    raise
            self._used.discard(number)

    def _discard(self, number: int, sectors: int) -> None:
        try:
            path = self.activate(number, sectors)
        except OSError as error:
            if error.errno in (errno.ENODATA, errno.ENXIO):  # the volume was never made
                return
            raise
        device = devmapper.find(self.mapped(number))
        if device is None or device.opened:
            return
        try:
            devmapper.discard(path)
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise

    def fill(self) -> Fill:
        """How full it is. Raises OSError."""
        return parse_status(devmapper.status(self.name), self.block)

    def close(self) -> None:
        """Unmap what nobody uses, and the pool if it is ours and no volume of it is in use."""
        with self._lock:
            for name in devmapper.names():
                if name.startswith(f"{self._prefix}-") and name != self.name:
                    self.deactivate(int(name.rpartition("-")[2]), deferred=False)
            if self.own:
                try:
                    devmapper.remove(self.name)
                except OSError as error:
                    if error.errno not in (errno.EBUSY, errno.ENXIO):
                        raise


def _stays(name: str) -> bool:
    """Take the removal back that was put off; whether the device is there still."""
    try:
        devmapper.message(name, "@cancel_deferred_remove")
    except OSError as error:
        if error.errno == errno.ENXIO:
            return False
        raise
    return True


def parse_status(line: str, block: int) -> Fill:
    """The status line of a thin-pool target whose blocks have ``block`` bytes. Raises Unsupported for another. Pure."""
    words = line.split()
    if not words or "/" not in "".join(words[1:2]):
        return Fill(0, 0, 0, 0, held=True)  # "Fail" or "Error"
    metadata_used, metadata_total = (int(part) for part in words[1].split("/"))
    used, total = (int(part) for part in words[2].split("/"))
    return Fill(used * block, total * block, metadata_used * _METADATA_BLOCK, metadata_total * _METADATA_BLOCK,
                held="ro" in words[3:] or "out_of_data_space" in words[3:])  # fmt: skip


def _block_size(name: str) -> int:
    """Bytes of a pool's blocks, out of its table: ``<metadata> <data> <block size> ...``."""
    words = devmapper.table(name).split()
    return int(words[2]) * SECTOR


def _make(name: str, backing: Backing) -> devmapper.Device:
    with ExitStack() as held:  # the pool keeps what it uses open itself
        metadata = _device(backing.metadata, backing.metadata_size, held)
        data = _device(backing.data, backing.data_size, held)
        blocks = backing.block // SECTOR
        low = 32768  # free blocks at which the kernel tells who listens
        # Blocks are zeroed before a volume gets them (no skip_block_zeroing): nothing of a former one is ever seen.
        parameters = f"{metadata} {data} {blocks} {low} 0"
        return devmapper.create(name, devmapper.size_of(data) // backing.block * blocks, "thin-pool", parameters)


def _device(path: str, size: int, held: ExitStack) -> str:
    """The block device ``path``, or one over the file ``path``, which is made, or made larger, to have ``size``."""
    if path.startswith("/dev/"):
        return path
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(fd).st_size < size:
            os.ftruncate(fd, size)
            os.fsync(fd)
    finally:
        os.close(fd)
    device, node = loop.attach(path)
    held.callback(os.close, device)
    return node
