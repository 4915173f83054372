"""``hutch fsck --repair``: mends what :mod:`hutch.images.fsck` finds.

A layer is unpacked again from its blob; what has no sound blob is pulled again from the registry that is known to have
the image; what nothing refers to is removed; rows of a damaged database are taken over as far as they can be read. A
layer that a running container is over is left alone: its files must not change under it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from hutch.images import documents, fsck, layers
from hutch.images.fsck import Damage, Step
from hutch.images.remove import InUse
from hutch.images.store import Layer, Store
from hutch.linux.files import remove_if_there
from hutch.model import digest, reference
from hutch.model.errors import HutchError

Json = dict[str, Any]
Pull = Callable[[reference.Reference], None]
"""Pulls one image, by digest or name. Raises HutchError, OSError."""


def run(
    store: Store, *, quick: bool = False, repair: bool = False, in_use: InUse = lambda _: [], pull: Pull | None = None
) -> Iterator[Json]:
    """The check as objects for a client: ``status`` and ``id`` of what is looked at, ``damage``, ``mended`` or
    ``left`` (with the reason), and ``summary`` as the last."""
    found: list[Damage] = []
    for item in fsck.check(store, quick=quick):
        if isinstance(item, Step):
            yield {"status": f"Checking {item.kind}", "id": digest.short(item.subject)}
        else:
            found.append(item)
            yield {"damage": item.to_json()}
    mended = 0
    if repair and found:
        mender = _Mender(store, in_use, pull)
        for damage in sorted(found, key=_order):
            why = mender.mend(damage)
            mended += not why
            yield {"mended": damage.to_json()} if not why else {"left": {**damage.to_json(), "Why": why}}
        store.collect()
    rows = store.db.query("SELECT (SELECT count(*) FROM images), (SELECT count(*) FROM layers)")
    images, stack = rows[0]
    yield {"summary": {"Images": images, "Layers": stack, "Found": len(found), "Mended": mended}}


_ORDER = ("database", "name", "image", "lost image", "blob", "layer")


def _order(damage: Damage) -> int:
    return _ORDER.index(damage.kind) if damage.kind in _ORDER else len(_ORDER)


class _Mender:
    """One repair: images are pulled once, whatever many of their parts are damaged."""

    def __init__(self, store: Store, in_use: InUse, pull: Pull | None) -> None:
        self._store, self._in_use, self._pull = store, in_use, pull
        self._pulled: dict[str, str] = {}

    def mend(self, damage: Damage) -> str:
        """Why it cannot be mended; "" if it is."""
        ways: dict[str, Callable[[Damage], str]] = {
            "database": self._database,
            "name": self._name,
            "image": self._image,
            "lost image": self._lost,
            "blob": self._blob,
            "layer": self._layer,
            "orphan layer": self._orphan,
            "orphan blob": self._orphan,
            "stray file": self._stray,
        }
        try:
            return ways[damage.kind](damage)
        except (HutchError, OSError, sqlite3.Error) as error:
            return str(error)

    def _database(self, damage: Damage) -> str:
        if damage.subject == self._store.db.path:
            return "the database is put aside when the daemon is started again"
        salvage(self._store, damage.subject)
        if damage.subject == self._store.damaged()[-1]:
            self._store.take_salvaged()
        return ""

    def _name(self, damage: Damage) -> str:
        del damage  # all such names go at once
        for table in ("tags", "digests"):
            self._store.db.execute(f"DELETE FROM {table} WHERE image NOT IN (SELECT id FROM images)")  # noqa: S608
        return ""

    def _image(self, damage: Damage) -> str:
        record = self._store.image(damage.subject)
        if record is None:
            return ""
        why = self._free([record.id])
        if why:
            return why
        self._store.put_aside(record, damage.what)
        return self._lost(damage)

    def _lost(self, damage: Damage) -> str:
        called = next((names for identifier, _, names in self._store.lost() if identifier == damage.subject), "")
        return self._again(damage.subject, called.split())

    def _again(self, identifier: str, called: list[str]) -> str:
        """Pull the image ``identifier``, which had these names, and give them back to it."""
        if identifier in self._pulled:
            return self._pulled[identifier]
        why = "no registry is known to have it: load it again, or remove it"
        digests = [name for name in called if "@" in name]
        tags = [name for name in called if "@" not in name]
        for name in (*digests, *tags):
            if self._pull is None:
                break
            try:
                self._pull(reference.parse(name))
            except (HutchError, OSError) as error:
                why = f"{name} cannot be pulled: {error}"
                continue
            if self._store.image(identifier) is not None:
                for tag in tags:
                    named = reference.parse(tag)
                    self._store.tag(identifier, named.name, str(named.tag))
                why = ""
                break
            why = f"{name} is another image now"
        if not why:
            self._store.forget_lost(identifier)
        self._pulled[identifier] = why
        return why

    def _blob(self, damage: Damage) -> str:
        remove_if_there(self._store.blobs.path(damage.subject))  # an unsound one is as good as none
        return self._pull_layers([layer for layer in self._store.all_layers().values() if layer.blob == damage.subject])

    def _layer(self, damage: Damage) -> str:
        layer = self._store.layer(damage.subject)
        if layer is None:
            return ""
        if why := self._free(self._images_over(layer)):
            return why
        if self._store.blobs.has(layer.blob):
            layers.restore(self._store, layer)
            return ""
        self._store.driver.remove(layer.chain)
        return self._pull_layers([layer])

    def _pull_layers(self, wanted: list[Layer]) -> str:
        """Pull an image that has the layers."""
        why = ""
        for layer in wanted:
            for identifier in self._images_over(layer):
                called = [f"{repo}@{content}" for repo, content, _ in self._store.digests(identifier)]
                called += [f"{repo}:{tag}" for repo, tag, _ in self._store.tags(identifier)]
                why = self._again(identifier, called)
                if self._store.complete(layer.chain):
                    why = ""
                    break
        return why

    def _images_over(self, layer: Layer) -> list[str]:
        return [
            record.id
            for record in self._store.images()
            if any(each.chain == layer.chain for each in self._store.layers(record.top))
        ]

    def _free(self, images: list[str]) -> str:
        for identifier in images:
            for container, running in self._in_use(identifier):
                if running:
                    return f"container {container[:12]} runs over it: stop it first"
        return ""

    def _orphan(self, damage: Damage) -> str:
        chains, blobs = self._store.orphans()  # what came back with an image is none any more
        if damage.subject in chains:
            self._store.driver.remove(damage.subject)
        if damage.subject in blobs:
            self._store.blobs.remove(damage.subject)
        return ""

    def _stray(self, damage: Damage) -> str:
        remove_if_there(damage.subject)
        return ""


def salvage(store: Store, path: str) -> int:
    """Take over what can be read of the damaged database ``path``: images whose config is sound and whose layers are
    all there, with their names; how many. Raises sqlite3.Error if nothing can be read."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as damaged:
        known = {row[0]: Layer(*row) for row in _readable(damaged, "SELECT * FROM layers")}
        images = _readable(damaged, "SELECT id, config, top, parent FROM images")
        tags = _readable(damaged, "SELECT repo, tag, image FROM tags")
        digests = _readable(damaged, "SELECT repo, digest, image FROM digests")
    count = 0
    for identifier, raw, top, parent in images:
        if digest.sha256(raw) != identifier or store.image(identifier) is not None:
            continue
        chains = digest.chain_ids(documents.diff_ids(documents.parse_object(raw, "image config")))
        if not all(chain in known and store.driver.exists(chain) for chain in chains):
            continue
        for chain in chains:
            if store.layer(chain) is None:
                store.add_layers([known[chain]])
        store.add_image(raw, top, [(repo, tag) for repo, tag, image in tags if image == identifier], parent)
        for repo, content, image in digests:
            if image == identifier:
                store.pin(identifier, repo, content)
        count += 1
    return count


def _readable(database: sqlite3.Connection, sql: str) -> list[tuple[Any, ...]]:
    """The rows that come before the damage."""
    rows: list[tuple[Any, ...]] = []
    try:
        rows.extend(database.execute(sql))
    except sqlite3.DatabaseError:
        return rows
    return rows
