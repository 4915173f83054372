"""``docker image prune``: delete dangling images, or all that no container uses."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from hutch.images.listing import created, labels, until
from hutch.images.remove import InUse, remove
from hutch.images.store import Store
from hutch.model import filters as model_filters
from hutch.model.errors import Conflict, NotFound

Json = dict[str, Any]


def prune(store: Store, filters: Mapping[str, Sequence[str]], in_use: InUse) -> Json:
    """What was deleted and how many bytes it took. ``dangling=false`` deletes every unused image. Raises Invalid."""
    model_filters.check(filters, {"dangling", "until", "label", "label!"})
    dangling_only = model_filters.boolean(filters, "dangling", True)
    limits = [until(text, time.time_ns()) for text in filters.get("until") or ()]
    before = _sizes(store)
    deleted: list[Json] = []
    for record in store.images():
        names = store.tags(record.id)
        if (dangling_only and names) or in_use(record.id) or store.children(record.id):
            continue
        if any(created(record) >= limit for limit in limits) or not model_filters.labels_pass(filters, labels(record)):
            continue
        try:
            deleted += remove(store, record.id, in_use, force=len(names) > 1)
        except (Conflict, NotFound):  # came into use, or went with another one, meanwhile
            continue
    store.collect()  # also what an earlier removal could not remove
    after = _sizes(store)
    return {
        "ImagesDeleted": deleted or None,
        "SpaceReclaimed": sum(size for chain, size in before.items() if chain not in after),
    }


def _sizes(store: Store) -> dict[str, int]:
    return {row[0]: row[1] for row in store.db.query("SELECT chain, size FROM layers")}
