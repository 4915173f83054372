"""``docker image prune``: delete dangling images, or all that no container uses."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from hutch.images.listing import until
from hutch.images.remove import InUse, references, remove
from hutch.images.store import Store
from hutch.model import filters as model_filters
from hutch.model.errors import Conflict, Invalid, NotFound

Json = dict[str, Any]


def prune(store: Store, filters: Mapping[str, Sequence[str]], in_use: InUse) -> Json:
    """What was deleted and how many bytes it took. ``dangling=false`` deletes every unused image. Raises Invalid.

    An image that a container uses keeps one of its names, as with dockerd: only ``rmi -f`` takes the last.
    """
    model_filters.check(filters, {"dangling", "until", "label", "label!"})
    dangling_only = model_filters.boolean(filters, "dangling", True)
    if len(filters.get("until") or ()) > 1:
        raise Invalid("more than one until filter specified")
    limits = [until(text, time.time_ns()) for text in filters.get("until") or ()]
    before = _sizes(store)
    deleted: list[Json] = []
    for image in store.summaries():
        if any(image.created >= limit for limit in limits) or not model_filters.labels_pass(filters, image.labels):
            continue
        for ref in _doomed(store, image.id, dangling_only):
            with suppress(Conflict, NotFound):  # in use, or gone with another one
                deleted += remove(store, ref, in_use)
    store.collect()  # also what an earlier removal could not remove
    after = _sizes(store)
    return {
        "ImagesDeleted": deleted or None,
        "SpaceReclaimed": sum(size for chain, size in before.items() if chain not in after),
    }


def _doomed(store: Store, identifier: str, dangling_only: bool) -> list[str]:
    """The names to take away, or the id of an image without any that is nobody's parent."""
    if store.tags(identifier) and dangling_only:
        return []
    return references(store, identifier) or ([] if store.children(identifier) else [identifier])


def _sizes(store: Store) -> dict[str, int]:
    return {row[0]: row[1] for row in store.db.query("SELECT chain, size FROM layers")}
