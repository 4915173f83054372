"""Layers that came as plain tars are kept plain at first and gzipped later, when nothing else is going on.

A plain tar becomes a blob by a rename, and goes out again as it is: load, import, commit and save wait for no
compression. The disk is given back by the packer, a thread at the lowest priority; a push packs what it sends before
that. A layer's row changes in one commit, so it has one sound blob or the other at any time.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import threading
import time

from isal import isal_zlib

from hutch.images.store import Layer, Store
from hutch.linux.failpoint import failpoint
from hutch.linux.files import remove_if_there, write_all
from hutch.model import digest
from hutch.model.errors import HutchError

TAR = "application/vnd.oci.image.layer.v1.tar"
TAR_GZIP = TAR + "+gzip"
TAR_ZSTD = TAR + "+zstd"

_log = logging.getLogger(__name__)
_PIECE = 1 << 20
_QUIET = 5.0  # seconds without a lease before the packer begins
_NICE = 19


class Stopped(Exception):
    """The packer is to end."""


def pack(store: Store, layer: Layer, stop: threading.Event | None = None) -> Layer:
    """The layer with a gzipped blob: itself, if it has none that is plain. Raises NotFound, OSError, Stopped."""
    if layer.media_type != TAR:
        return layer
    path = store.blobs.new_file()
    try:
        with store.pinned([layer.chain]):
            source = store.blobs.open(layer.blob)
            try:
                name, size = _gzip(source, path, stop)
            finally:
                os.close(source)
            store.blobs.adopt(path, name)
            store.blobs.sync()
            failpoint("images.pack.adopted")
            packed = layer._replace(blob=name, media_type=TAR_GZIP, blob_size=size)
            store.replace_blob(layer, packed)
    finally:
        remove_if_there(path)
    return packed


def _gzip(source: int, path: str, stop: threading.Event | None) -> tuple[str, int]:
    """(digest, size) of the file ``path``, made durable."""
    hashed, packer, size = hashlib.sha256(), isal_zlib.compressobj(1, wbits=31), 0
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        while True:
            piece = os.read(source, _PIECE)
            out = packer.compress(piece) if piece else packer.flush()
            hashed.update(out)
            size += len(out)
            write_all(fd, out)
            if not piece:
                break
            if stop is not None and stop.is_set():
                raise Stopped
        os.fsync(fd)
    finally:
        os.close(fd)
    return "sha256:" + hashed.hexdigest(), size


class Packer:
    """The thread that packs; there is none while there is nothing to do."""

    def __init__(self, store: Store, quiet: float = _QUIET) -> None:
        """``quiet`` is how many seconds there must have been no lease before it begins with a layer."""
        self._store, self._quiet = store, quiet
        self._stop = threading.Event()
        self._failed: set[str] = set()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def wake(self) -> None:
        """There may be something to pack."""
        with self._lock:
            if self._thread is None and not self._stop.is_set() and self._plain():
                self._thread = threading.Thread(target=self._run, name="packer", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End; what is not packed is packed by the next process."""
        self._stop.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while (layer := self._next()) is not None:
            try:
                self._wait_for_quiet()
                pack(self._store, layer, self._stop)
            except Stopped:
                return
            except (HutchError, OSError, sqlite3.Error) as error:
                self._failed.add(layer.chain)
                _log.warning("layer %s cannot be packed: %s", digest.short(layer.chain), error)

    def _next(self) -> Layer | None:
        with self._lock:
            found = next(iter(self._plain()), None)
            if found is None:
                self._thread = None
            return found

    def _plain(self) -> list[Layer]:
        layers = self._store.all_layers().values()
        return [layer for layer in layers if layer.media_type == TAR and layer.chain not in self._failed]

    def _wait_for_quiet(self) -> None:
        since = time.monotonic()
        while time.monotonic() - since < self._quiet:
            if self._stop.wait(min(self._quiet, 0.5)):
                raise Stopped
            if self._store.leases.any:
                since = time.monotonic()
