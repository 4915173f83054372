"""A layer's tar becomes a committed layer: unpacked, verified, and its tar kept as a blob.

The tar is kept because its bytes cannot be made again from the unpacked files; ``save`` has to give back what was
loaded, byte for byte. Plain, gzip and zstd tars are kept as they came (``packing.py`` gzips the plain ones later),
others are kept gzipped.
"""

from __future__ import annotations

import functools
import hashlib
import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from isal import isal_zlib

from hutch.images import compression
from hutch.images.allowance import allowed
from hutch.images.packing import TAR, TAR_GZIP, TAR_ZSTD
from hutch.images.sources import File, Source
from hutch.images.store import Layer, Store
from hutch.images.tar.extract import Extractor, Lowers
from hutch.linux.failpoint import failpoint
from hutch.linux.files import write_all
from hutch.model import digest
from hutch.model.errors import Invalid, NotFound
from hutch.model.limits import DEFAULT, Limits
from hutch.model.tar.reader import Reader
from hutch.storage.driver import STAGING

KEPT = Limits(size=1 << 60, ratio=1 << 40)
"""For our own blobs: they were measured when they came."""

_KEPT_AS = {compression.NONE: TAR, compression.GZIP: TAR_GZIP, compression.ZSTD: TAR_ZSTD}
"""Compressions that blobs are kept in as they came: the media type of each."""

_AHEAD = 4  # chunks that decompression may be ahead of unpacking


class Unpacked:
    """A layer unpacked under a staging key, and verified, that nobody sees yet; gone with :meth:`close`."""

    def __init__(self, key: str, diff_id: str, blob: tuple[str, str, int], tar_size: int, undo: ExitStack) -> None:
        self.key, self.diff_id, self.tar_size = key, diff_id, tar_size
        self.blob, self.media_type, self.blob_size = blob
        self.size = 0
        """Bytes of its regular files."""
        self.rooted = True
        """Whether its root looks as it is to look; else as that of the layer below."""
        self.undo = undo
        """What goes when the layer does not become visible; callers may add to it."""

    def close(self) -> None:
        """Remove what was unpacked, unless it was committed."""
        self.undo.close()


def register(
    store: Store,
    tar: str | Source,
    parent: str | None,
    expected: str | None = None,
    *,
    limits: Limits = DEFAULT,
    seen: Callable[[int], None] = lambda _: None,
) -> Layer:
    """Make a (compressed) tar a layer over ``parent``: the file ``tar``, which is consumed or removed, or a source.

    ``expected`` is the diff id that an image config claims, ``seen`` is told the compressed bytes read so far.
    Raises Invalid for a tar that is broken, hostile or other than expected; nothing is visible then.
    """
    source = File(tar, seen) if isinstance(tar, str) else tar
    with closing(unpack(store, source, parent, expected, limits=limits)) as unpacked:
        store.driver.commit(unpacked.key, digest.chain_id(parent, unpacked.diff_id))
        return record(store, [unpacked], parent)[0]


def unpack(
    store: Store, source: Source, parent: str | None, expected: str | None, *, limits: Limits = DEFAULT,
    below: Lowers | None = None,
) -> Unpacked:  # fmt: skip
    """Unpack and verify a layer, and keep its tar; ``source`` is closed. With ``below`` it is over no layer yet:
    that gives the folders of the layers that it will be over (``Extractor``). Raises as :func:`register`."""
    key, limits = STAGING + os.urandom(8).hex(), allowed(store.data_root, limits)
    with ExitStack() as undo, closing(source):
        failpoint("images.layer.begin")
        undo.callback(store.driver.remove, key)  # also what a failed prepare may leave
        store.driver.prepare(key, parent)
        with ExitStack() as kept:
            keeper = _Keeper(source.kind, store.blobs.new_file())
            kept.callback(_remove, keeper.path)
            kept.callback(keeper.close)
            extractor = _unpack(store, key, below or _lowers(store, parent), source, keeper, limits)
            diff_id = keeper.finish()
            if expected is not None and diff_id != expected:
                raise Invalid(f"layer content does not match: expected {expected}, got {diff_id}")
            unpacked = Unpacked(key, diff_id, _keep(store, source, keeper, diff_id), keeper.size, undo)
        unpacked.size, unpacked.rooted = extractor.size, below is None or extractor.rooted
        failpoint("images.layer.blob")
        unpacked.undo = undo.pop_all()
    return unpacked


def record(store: Store, unpacked: Sequence[Unpacked], parent: str | None) -> list[Layer]:
    """Make layers visible, the lowest first, which the driver has committed over ``parent``."""
    failpoint("images.layer.committed")
    store.blobs.sync()
    layers = []
    for each in unpacked:
        chain = digest.chain_id(parent, each.diff_id)
        layers.append(
            Layer(chain, parent, each.diff_id, each.blob, each.media_type, each.blob_size, each.tar_size, each.size)
        )
        parent = chain
    store.add_layers(layers)
    return layers


@contextmanager
def again(store: Store, layer: Layer, seen: Callable[[int], None] = lambda _: None) -> Iterator[str]:
    """The layer once more, unpacked from its blob under a staging key, which lives as long as the block unless it is
    committed. Raises NotFound without the blob, Invalid if that is not what the layer was made of."""
    key = STAGING + os.urandom(8).hex()
    with ExitStack() as undo:
        if not store.blobs.has(layer.blob):
            raise NotFound(f"blob {layer.blob} is missing")
        path = store.blobs.new_file()
        os.link(store.blobs.path(layer.blob), path)
        source = File(path, seen)
        undo.callback(source.close)
        undo.callback(store.driver.remove, key)
        store.driver.prepare(key, layer.parent)
        undo.callback(store.driver.release, key)
        keeper = _Keeper(source.kind, store.blobs.new_file())
        undo.callback(_remove, keeper.path)
        undo.callback(keeper.close)
        _unpack(store, key, _lowers(store, layer.parent), source, keeper, KEPT)
        found = source.digest() if source.kind else keeper.finish()
        if found != layer.blob:
            raise Invalid(f"blob {layer.blob} does not match its digest: it is {found}")
        if (found := keeper.finish()) != layer.diff_id:
            raise Invalid(f"blob {layer.blob} unpacks to {found} instead of {layer.diff_id}")
        yield key


def _unpack(
    store: Store, key: str, lowers: Lowers | None, source: Source, keeper: _Keeper, limits: Limits
) -> Extractor:
    """Unpack ``source`` into the prepared layer ``key``, past ``keeper``."""
    extractor = Extractor(store.driver.layer_dir(key), store.driver.whiteouts, limits, lowers)
    with closing(Ahead(keeper.watch(compression.decompress(source.read, limits)))) as chunks, ExitStack() as undo:
        undo.callback(source.stop)
        extractor.run(Reader(chunks, limits))
        for _ in chunks:  # what is after the end of the archive belongs to the diff id, too
            pass
        undo.pop_all()
    return extractor


def restore(store: Store, layer: Layer) -> None:
    """Put the layer as its blob has it in place of what is there. Raises as :func:`again`."""
    with again(store, layer) as key:
        store.driver.release(key)
        failpoint("images.restore.unpacked")
        store.driver.remove(layer.chain)
        failpoint("images.restore.removed")
        store.driver.commit(key, layer.chain)


def _lowers(store: Store, parent: str | None) -> Lowers | None:
    """Gives the folders below a new layer, uppermost first, if the driver keeps each layer's own files apart."""
    if store.driver.whiteouts != "overlay":
        return None
    return functools.cache(lambda: [store.driver.layer_dir(layer.chain) for layer in reversed(store.layers(parent))])


def _keep(store: Store, source: Source, keeper: _Keeper, diff_id: str) -> tuple[str, str, int]:
    """(digest, media type, size) of the blob that keeps the tar."""
    if source.kind in _KEPT_AS:
        blob = source.digest() if source.kind else diff_id
        size = source.count
        store.blobs.adopt(source.take(store.blobs.new_file()), blob)
        return blob, _KEPT_AS[source.kind], size
    blob, size = keeper.blob()
    store.blobs.adopt(keeper.path, blob)
    return blob, TAR_GZIP, size


class _Keeper:
    """Hashes the uncompressed tar, and compresses it into a file unless it came in a form we keep."""

    def __init__(self, kind: str, path: str) -> None:
        self.path = path
        self.size = 0
        self._hash = hashlib.sha256()
        self._packed = hashlib.sha256()
        self._packed_size = 0
        self._fd = -1
        if kind not in _KEPT_AS:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._packer = isal_zlib.compressobj(1, wbits=31)

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        try:
            for chunk in chunks:
                self._hash.update(chunk)
                self.size += len(chunk)
                if self._fd >= 0:
                    self._write(self._packer.compress(chunk))
                yield chunk
            if self._fd >= 0:
                self._write(self._packer.flush())
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the file; also when nothing was watched."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _write(self, data: bytes) -> None:
        self._packed.update(data)
        self._packed_size += len(data)
        write_all(self._fd, data)

    def finish(self) -> str:
        return "sha256:" + self._hash.hexdigest()

    def blob(self) -> tuple[str, int]:
        return "sha256:" + self._packed.hexdigest(), self._packed_size


class Ahead:
    """Iterates over ``chunks`` in another thread, a few of them ahead: isal and hashlib release the GIL."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._queue: queue.Queue[bytes | BaseException | None] = queue.Queue(_AHEAD)
        self._stop = threading.Event()
        self._done = False
        self._thread = threading.Thread(target=self._run, args=(chunks,), name="decompress", daemon=True)
        self._thread.start()

    def _run(self, chunks: Iterator[bytes]) -> None:
        last: BaseException | None = None
        try:
            for chunk in chunks:
                self._queue.put(chunk)
                if self._stop.is_set():
                    break
        except BaseException as error:
            last = error
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
            self._queue.put(last)

    def __iter__(self) -> Ahead:
        return self

    def __next__(self) -> bytes:
        if self._done:
            raise StopIteration
        item = self._queue.get()
        if item is None or isinstance(item, BaseException):
            self._done = True
            if item is None:
                raise StopIteration
            raise item
        return item

    def close(self) -> None:
        """Stop the thread, wherever it is."""
        self._stop.set()
        while not self._done:
            item = self._queue.get()
            self._done = item is None or isinstance(item, BaseException)
        self._thread.join()


def _remove(path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)
