"""``hutch fsck``: looks at everything the store has and names each damage.

=================  ====================================================================================
``database``       a damaged ``images.db`` was put aside; what can be read of it can be brought back
``lost image``     was put aside when the store was opened: a layer is gone, and its blob too
``image``          the config is not what its id says, is no JSON, or names layers that are not there
``name``           a tag or digest of an image that is not there
``layer``          the folder is missing, or its files are not those of the layer's tar
``blob``           missing, of another size, or not what its digest says
``orphan layer``   nothing refers to it
``orphan blob``    nothing refers to it
``stray file``     something among the blobs that is none
=================  ====================================================================================

A quick check looks only at what is there. A full one reads every blob and unpacks every layer once more, beside the
one that is there, and compares them file by file.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from hutch.images import documents, layers, likeness
from hutch.images.resolve import names
from hutch.images.store import Layer, Record, Store
from hutch.model import digest
from hutch.model.errors import SHORTAGES, HutchError, Invalid

Json = dict[str, Any]


_NO_DAMAGE = SHORTAGES | {errno.ENOSPC, errno.EDQUOT}
"""Errors that say nothing of what was looked at."""


class Damage(NamedTuple):
    """One thing that is wrong."""

    kind: str
    subject: str
    """The id, digest or path."""

    what: str
    images: tuple[str, ...] = ()
    """Images that suffer, by name or short id."""

    def to_json(self) -> Json:
        """As the API tells it."""
        return {"Kind": self.kind, "Subject": self.subject, "What": self.what, "Images": list(self.images)}


class Step(NamedTuple):
    """What is being looked at, for progress."""

    kind: str
    subject: str


def check(store: Store, *, quick: bool = False) -> Iterator[Damage | Step]:
    """Everything that is wrong, one after the other, and what is looked at meanwhile."""
    yield from _databases(store)
    yield from _orphans(store)
    with store.held():  # nothing is removed while it is looked at
        for identifier, why, called in store.lost():
            yield Damage("lost image", identifier, why, tuple(called.split()))
        known, records = store.all_layers(), store.images()
        users = _users(store, records, known)
        for record in records:
            yield Step("image", record.id)
            if what := _image(record, known):
                yield Damage("image", record.id, what, (_called(store, record.id),))
        yield from _dangling_names(store)
        for layer in sorted(known.values(), key=lambda layer: layer.chain):
            yield Step("layer", layer.chain)
            yield from _layer(store, layer, users.get(layer.chain, ()), quick)


def _databases(store: Store) -> Iterator[Damage]:
    for path in store.damaged():
        yield Damage("database", path, "was damaged and put aside; images that were in it are not listed")
    for (text,) in store.db.query("PRAGMA integrity_check(5)"):
        if text != "ok":
            yield Damage("database", store.db.path, str(text))


def _orphans(store: Store) -> Iterator[Damage]:
    chains, blobs = store.orphans()
    yield from (Damage("orphan layer", chain, "no image, container or load has it") for chain in chains)
    yield from (Damage("orphan blob", blob, "no layer has it") for blob in blobs)
    for path in store.blobs.strays():
        yield Damage("stray file", path, "is no blob")


def _users(store: Store, records: list[Record], known: dict[str, Layer]) -> dict[str, tuple[str, ...]]:
    """Chain id -> the images over it."""
    result: dict[str, tuple[str, ...]] = {}
    for record in records:
        called, at = _called(store, record.id), record.top
        while at in known:
            result[at] = (*result.get(at, ()), called)
            at = known[at].parent
    return result


def _called(store: Store, identifier: str) -> str:
    return ", ".join(names(store, identifier)) or digest.short(identifier)


def _image(record: Record, known: dict[str, Layer]) -> str:
    """What is wrong with the image's own row."""
    if digest.sha256(record.raw) != record.id:
        return f"its config does not match its id: it is {digest.sha256(record.raw)}"
    try:
        ids = documents.diff_ids(documents.check_config(documents.parse_object(record.raw, "image config")))
    except Invalid as error:
        return error.message
    chains = digest.chain_ids(ids)
    if record.top != (chains[-1] if chains else None):
        return f"its top layer is {record.top} and should be {chains[-1] if chains else None}"
    for number, chain in enumerate(chains):
        if chain not in known:
            return f"layer {chain} is not there"
        if known[chain].parent != (chains[number - 1] if number else None) or known[chain].diff_id != ids[number]:
            return f"layer {chain} is not in its place: its parent is {known[chain].parent}"
    return ""


def _dangling_names(store: Store) -> Iterator[Damage]:
    for table, second, sign in (("tags", "tag", ":"), ("digests", "digest", "@")):
        sql = f"SELECT repo, {second}, image FROM {table} WHERE image NOT IN (SELECT id FROM images)"  # noqa: S608
        for repo, name, image in store.db.query(sql):
            yield Damage("name", f"{repo}{sign}{name}", f"image {image} is not there")


def _layer(store: Store, layer: Layer, users: tuple[str, ...], quick: bool) -> Iterator[Damage]:
    there = store.driver.exists(layer.chain)
    if not there:
        yield Damage("layer", layer.chain, "missing", users)
    what = _blob(store, layer)
    if not what and not quick:
        try:
            with layers.again(store, layer) as key:
                found = _compare(store, key, layer.chain) if there else ""
        except (HutchError, OSError) as error:
            if isinstance(error, OSError) and error.errno in _NO_DAMAGE:
                raise  # it could not be looked at
            what = str(error)
        else:
            if found:
                yield Damage("layer", layer.chain, found, users)
    if what:
        yield Damage("blob", layer.blob, what, users)


def _blob(store: Store, layer: Layer) -> str:
    try:
        size = os.stat(store.blobs.path(layer.blob), follow_symlinks=False).st_size
    except FileNotFoundError:
        return "missing"
    return "" if size == layer.blob_size else f"has {size} bytes instead of {layer.blob_size}"


def _compare(store: Store, fresh: str, chain: str) -> str:
    """How the files of a layer differ from those that were just unpacked, in one sentence."""
    try:
        found = list(_some(likeness.differences(store.driver.layer_dir(chain), store.driver.layer_dir(fresh))))
    finally:
        store.driver.release(chain)
    if not found:
        return ""
    shown = ", ".join(f"{os.fsdecode(path)!r} ({what})" for path, what in found[:3])
    return f"its files are not those of its tar: {shown}{' and more' if len(found) > 3 else ''}"


def _some(found: Iterator[tuple[bytes, str]]) -> Iterator[tuple[bytes, str]]:
    for _, item in zip(range(4), found, strict=False):
        yield item
