"""What images, layers and names there are: ``images.db``, beside the blobs and the storage driver's layers.

A layer or blob becomes visible only by its row, which is written last; what a crash leaves without a row is removed
at the next opening. References are images' layers and those below containers; running work holds leases
(``leases.py``). What rows name and the disk has lost is a matter of ``lost.py`` and ``fsck.py``.
"""

from __future__ import annotations

import functools
import glob
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from hutch.images import clock, documents
from hutch.images.content import Blobs
from hutch.images.leases import Leases
from hutch.linux.failpoint import failpoint
from hutch.model import digest
from hutch.model.errors import HutchError
from hutch.storage.database import Database
from hutch.storage.driver import StorageDriver

_log = logging.getLogger(__name__)
_SPARE = 100  # facts of removed images that may be kept

MIGRATIONS = [
    """
    CREATE TABLE layers (
        chain TEXT PRIMARY KEY, parent TEXT, diff_id TEXT NOT NULL, blob TEXT NOT NULL, media_type TEXT NOT NULL,
        blob_size INTEGER NOT NULL, tar_size INTEGER NOT NULL, size INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE images (
        id TEXT PRIMARY KEY, config BLOB NOT NULL, top TEXT REFERENCES layers (chain), parent TEXT NOT NULL DEFAULT '',
        tagged_at INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE tags (
        repo TEXT NOT NULL, tag TEXT NOT NULL, image TEXT NOT NULL REFERENCES images (id), PRIMARY KEY (repo, tag)
    ) STRICT;
    CREATE TABLE digests (
        repo TEXT NOT NULL, digest TEXT NOT NULL, image TEXT NOT NULL REFERENCES images (id),
        PRIMARY KEY (repo, digest)
    ) STRICT;
    CREATE TABLE lost (id TEXT PRIMARY KEY, config BLOB NOT NULL, why TEXT NOT NULL, names TEXT NOT NULL) STRICT;
    """,
    """
    ALTER TABLE images ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
    UPDATE images SET used_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000000000;
    """,
]


class Layer(NamedTuple):
    """A committed layer: its tar (``diff_id``, ``tar_size``) is kept as the blob, compressed as ``media_type`` says;
    ``size`` is the sum of its regular files."""

    chain: str
    parent: str | None
    diff_id: str
    blob: str
    media_type: str
    blob_size: int
    tar_size: int
    size: int


class Record(NamedTuple):
    """An image's row."""

    id: str
    raw: bytes
    top: str | None
    parent: str
    tagged_at: int
    used_at: int
    """When it came, or a container was last made of it."""

    @property
    def config(self) -> documents.Json:
        """The decoded config; do not change it."""
        return _decoded(self.raw)


class Summary(NamedTuple):
    """What lists show of an image: ``created`` in nanoseconds since 1970 (0: it does not say)."""

    id: str
    top: str | None
    parent: str
    created: int
    labels: dict[str, str]
    platform: tuple[str, str, str]
    """(operating system, architecture, variant)."""
    config_size: int


_Facts = tuple[int, dict[str, str], tuple[str, str, str], int]


def _facts(record: Record) -> _Facts:
    config = record.config
    made = clock.nanoseconds(str(config.get("created") or ""))
    system, architecture, variant = (str(config.get(key) or "") for key in ("os", "architecture", "variant"))
    labels = (config.get("config") or {}).get("Labels") or {}
    return made, labels, (system, architecture, variant), len(record.raw)


@functools.lru_cache(32)
def _decoded(raw: bytes) -> documents.Json:
    return documents.check_config(documents.parse_object(raw, "image config"))


class Store:
    """Rows, blobs and layers together."""

    def __init__(self, data_root: str, driver: StorageDriver) -> None:
        """Open everything below ``data_root`` and remove what no row names."""
        self.data_root = data_root
        self.driver = driver
        self.blobs = Blobs(data_root)
        self.db = Database(f"{data_root}/images.db", MIGRATIONS)
        self._facts: dict[str, _Facts] = {}
        self._lock = threading.RLock()
        self.leases = Leases(self._lock, self._collect_later)
        self._damaged = sorted(
            path for path in glob.glob(glob.escape(f"{data_root}/images.db") + ".damaged-*")
            if not path.endswith(("-wal", "-shm"))
        )  # fmt: skip
        self.collect()

    def _collect_later(self) -> None:
        try:
            self.collect()
        except (HutchError, OSError, sqlite3.Error) as error:
            _log.warning("images: what is not needed any more cannot be removed: %s", error)

    # Layers

    def layer(self, chain: str) -> Layer | None:
        """The layer with this chain id."""
        rows = self.db.query("SELECT * FROM layers WHERE chain = ?", (chain,))
        return Layer(*rows[0]) if rows else None

    def all_layers(self) -> dict[str, Layer]:
        """Every layer by its chain id."""
        return {row[0]: Layer(*row) for row in self.db.query("SELECT * FROM layers")}

    def layers(self, top: str | None) -> list[Layer]:
        """The stack of layers below and with ``top``, lowest first."""
        result: list[Layer] = []
        while top is not None:
            layer = self.layer(top)
            if layer is None:
                break
            result.append(layer)
            top = layer.parent
        return result[::-1]

    def add_layers(self, layers: Sequence[Layer]) -> None:
        """Record layers that are committed and whose blobs are in place: all of them or none."""
        failpoint("images.layer.record")
        with self.db.transaction() as connection:
            connection.executemany(
                "INSERT INTO layers VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chain) DO UPDATE SET"
                " blob = excluded.blob, media_type = excluded.media_type, blob_size = excluded.blob_size",
                layers,
            )
        failpoint("images.layer.recorded")

    def replace_blob(self, old: Layer, new: Layer) -> None:
        """Keep the layer's tar as another blob, which is in place; the old one goes when nothing may need it."""
        self.db.execute(
            "UPDATE layers SET blob = ?, media_type = ?, blob_size = ? WHERE chain = ? AND blob = ?",
            (new.blob, new.media_type, new.blob_size, old.chain, old.blob),
        )
        failpoint("images.pack.recorded")
        self.leases.deferred = True

    def complete(self, chain: str) -> bool:
        """Whether the layer is there with everything that belongs to it; else it must be loaded or pulled again."""
        layer = self.layer(chain)
        return layer is not None and self.driver.exists(chain) and self.blobs.has(layer.blob)

    def pinned(self, chains: Sequence[str]) -> AbstractContextManager[None]:
        """Keep these layers from being collected while an image over them is being made."""
        return self.leases.layers(chains)

    def held(self) -> AbstractContextManager[None]:
        """Keep every layer and blob while a layer is made whose chain id is not known before it is read."""
        return self.leases.everything()

    # Images

    def add_image(
        self, raw: bytes, top: str | None, names: list[tuple[str, str]], parent: str = "",
        pinned: tuple[str, str] | None = None,
    ) -> str:  # fmt: skip
        """Record an image with exactly these config bytes, and give it the (repository, tag) ``names`` and the
        (repository, digest) ``pinned``, under which a registry has it; its id."""
        identifier = digest.sha256(raw)
        with self.db.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO images (id, config, top, parent, used_at) VALUES (?, ?, ?, ?, ?)",
                (identifier, raw, top, parent, time.time_ns()),
            )
            for repo, tag in names:
                self.tag(identifier, repo, tag)
            if pinned:
                self.pin(identifier, *pinned)
            failpoint("images.image.record")
        failpoint("images.image.recorded")
        return identifier

    def image(self, identifier: str) -> Record | None:
        """The image with this id."""
        rows = self.db.query("SELECT * FROM images WHERE id = ?", (identifier,))
        return Record(*rows[0]) if rows else None

    def images(self) -> list[Record]:
        """All images."""
        return [Record(*row) for row in self.db.query("SELECT * FROM images ORDER BY id")]

    def summaries(self) -> list[Summary]:
        """All images, as lists show them; a config is read once, as its digest is the image's id."""
        rows = self.db.query("SELECT id, top, parent FROM images ORDER BY id")
        for identifier in [row[0] for row in rows if row[0] not in self._facts]:
            if record := self.image(identifier):
                self._facts[identifier] = _facts(record)
        if len(self._facts) > 2 * len(rows) + _SPARE:
            self._facts = {row[0]: self._facts[row[0]] for row in rows if row[0] in self._facts}
        return [Summary(i, top, parent, *self._facts[i]) for i, top, parent in rows if i in self._facts]

    def by_prefix(self, prefix: str) -> list[str]:
        """The ids that begin with the hex digits ``prefix``."""
        low = f"sha256:{prefix}"
        rows = self.db.query("SELECT id FROM images WHERE id >= ? AND id < ? LIMIT 2", (low, low + "g"))
        return [row[0] for row in rows]

    def by_name(self, repo: str, tag: str | None, content: str | None) -> str | None:
        """The id that a name leads to; a digest counts more than a tag, as a reference with both pins the digest."""
        if content:
            rows = self.db.query("SELECT image FROM digests WHERE repo = ? AND digest = ?", (repo, content))
        else:
            rows = self.db.query("SELECT image FROM tags WHERE repo = ? AND tag = ?", (repo, tag))
        return str(rows[0][0]) if rows else None

    def tags(self, identifier: str | None = None) -> list[tuple[str, str, str]]:
        """(repository, tag, image) of one image or all, sorted."""
        if identifier is None:
            return [(r, t, i) for r, t, i in self.db.query("SELECT * FROM tags ORDER BY repo, tag")]
        rows = self.db.query("SELECT * FROM tags WHERE image = ? ORDER BY repo, tag", (identifier,))
        return [(r, t, i) for r, t, i in rows]

    def digests(self, identifier: str | None = None) -> list[tuple[str, str, str]]:
        """(repository, digest, image) of one image or all, sorted."""
        rows = self.db.query("SELECT * FROM digests ORDER BY repo, digest")
        return [(r, d, i) for r, d, i in rows if identifier in (None, i)]

    def tag(self, identifier: str, repo: str, tag: str) -> None:
        """Point the name at the image, wherever it pointed before."""
        with self.db.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", (repo, tag, identifier))
            connection.execute("UPDATE images SET tagged_at = ? WHERE id = ?", (time.time_ns(), identifier))
            failpoint("images.tag.record")

    def pin(self, identifier: str, repo: str, content: str) -> None:
        """Record that a registry has the image as ``repo@content``."""
        self.db.execute("INSERT OR REPLACE INTO digests VALUES (?, ?, ?)", (repo, content, identifier))

    def untag(self, repo: str, tag: str) -> None:
        """Remove the name."""
        failpoint("images.remove.untag")
        self.db.execute("DELETE FROM tags WHERE repo = ? AND tag = ?", (repo, tag))

    def children(self, identifier: str) -> list[str]:
        """The images that were made from this one."""
        return [row[0] for row in self.db.query("SELECT id FROM images WHERE parent = ?", (identifier,))]

    def drop_image(self, identifier: str) -> None:
        """Remove the image's row and names; its layers go with the next :meth:`collect`."""
        with self.db.transaction(sparing=True) as connection:
            connection.execute("DELETE FROM tags WHERE image = ?", (identifier,))
            connection.execute("DELETE FROM digests WHERE image = ?", (identifier,))
            connection.execute("DELETE FROM images WHERE id = ?", (identifier,))
            failpoint("images.remove.record")
        failpoint("images.remove.recorded")

    # Removing what nobody needs

    def collect(self) -> list[str]:
        """Remove layers and blobs that no image, container or running load needs; the removed chain ids, top first.

        After a damaged database was put aside, what has no row may belong to an image that is to come back.
        """
        with self._lock:
            self.leases.deferred = self.leases.any
            if self.leases.whole:  # the end of the lease gets what this leaves
                return []
            rows = {row[0] for row in self.db.query("SELECT chain FROM layers")}
            needed = self._needed()
            keys = self.driver.keys()
            known = rows if self.damaged() else rows | {key for key in keys if digest.is_digest(key)}
            gone = sorted(known - needed, key=lambda chain: -self._height(chain))
            before = {row[0] for row in self.db.query("SELECT blob FROM layers")}
            with self.db.transaction(sparing=True) as connection:
                connection.executemany("DELETE FROM layers WHERE chain = ?", [(c,) for c in gone])
                kept = {row[0] for row in connection.execute("SELECT blob FROM layers")}
                if gone:
                    failpoint("images.collect.record")
            for chain in gone:
                self._remove_layer(chain)
            if not self.leases.any:  # a load in progress has adopted blobs that have no row yet
                for blob in before if self.damaged() else self.blobs.all():
                    if blob not in kept:
                        self._remove_blob(blob)
        return [chain for chain in gone if chain in rows]

    def orphans(self) -> tuple[list[str], list[str]]:
        """(chain ids of layers, digests of blobs) that are there without a row, and that no running work claims."""
        with self._lock:
            if self.leases.whole:
                return [], []
            rows = {row[0]: row[1] for row in self.db.query("SELECT chain, blob FROM layers")}
            needed = self._needed()
            keys = self.driver.keys()
            layers = [key for key in keys if digest.is_digest(key) and key not in rows and key not in needed]
            blobs = [] if self.leases.any else [blob for blob in self.blobs.all() if blob not in set(rows.values())]
            return layers, blobs

    def damaged(self) -> list[str]:
        """Databases that were put aside because they were damaged, and not yet salvaged."""
        return self._damaged

    def take_salvaged(self) -> None:
        """What could be read of the damaged databases is here now."""
        for path in self._damaged:
            os.rename(path, path.replace(".damaged-", ".salvaged-"))
        self._damaged = []

    def _remove_layer(self, chain: str) -> None:
        """Remove a layer that has no row any more; one that cannot be removed is left to the next collection."""
        try:
            failpoint("images.remove.layer")
            self.driver.remove(chain)
        except (HutchError, OSError) as error:
            _log.warning("layer %s is not needed any more and cannot be removed: %s", chain, error)

    def _remove_blob(self, blob: str) -> None:
        """Remove a blob that no layer has; one that cannot be removed is left to the next collection."""
        try:
            failpoint("images.remove.blob")
            self.blobs.remove(blob)
        except OSError as error:
            _log.warning("blob %s is not needed any more and cannot be removed: %s", blob, error)

    def _height(self, chain: str) -> int:
        height, at = 0, self.driver.parent(chain) if self.driver.exists(chain) else None
        while at is not None and self.driver.exists(at):
            height, at = height + 1, self.driver.parent(at)
        return height

    def _needed(self) -> set[str]:
        """The chain ids of images' layers, pinned ones, those below containers, and all below any of them."""
        starts = {row[0] for row in self.db.query("SELECT DISTINCT top FROM images WHERE top IS NOT NULL")}
        starts |= self.leases.chains()
        keys = self.driver.keys()
        for key in keys:
            if digest.is_digest(key) or not self.driver.exists(key):  # a crash may have left a layer half made
                continue
            if parent := self.driver.parent(key):
                starts.add(parent)
        parents = {row[0]: row[1] for row in self.db.query("SELECT chain, parent FROM layers")}
        needed: set[str] = set()
        for start in starts:
            at: str | None = start
            while at is not None and at not in needed:
                needed.add(at)
                at = parents[at] if at in parents else self.driver.parent(at) if self.driver.exists(at) else None
        return needed

    def put_aside(self, record: Record, why: str) -> None:
        """Move an image that the disk lost a part of out of the way, with its names and the reason, for ``fsck``."""
        names = [f"{repo}:{tag}" for repo, tag, _ in self.tags(record.id)]
        names += [f"{repo}@{content}" for repo, content, _ in self.digests(record.id)]
        with self.db.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO lost VALUES (?, ?, ?, ?)", (record.id, record.raw, why, " ".join(names))
            )
            self.drop_image(record.id)

    def forget_lost(self, identifier: str) -> None:
        """The image is there again, or nobody wants it any more."""
        self.db.execute("DELETE FROM lost WHERE id = ?", (identifier,))

    def lost(self) -> list[tuple[str, str, str]]:
        """(image id, why, names) of images that were put aside because the disk lost a part of them."""
        return [(i, w, n) for i, w, n in self.db.query("SELECT id, why, names FROM lost ORDER BY id")]

    def close(self) -> None:
        """Close the database."""
        self.db.close()
