"""``docker history`` (Engine API, HistoryResponseItem): the steps an image was made of, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hutch.images import clock, resolve
from hutch.images.store import Store
from hutch.model.platform import Platform

Json = dict[str, Any]


def history(store: Store, ref: str, wanted: Sequence[Platform] = ()) -> list[Json]:
    """The steps. Raises NotFound, also if it is for none of ``wanted`` (none: any)."""
    record = resolve.for_platform(store, ref, wanted)
    sizes = iter([layer.size for layer in store.layers(record.top)])
    result: list[Json] = []
    for step in record.config.get("history") or []:
        result.append(
            {
                "Id": "<missing>",
                "Created": clock.nanoseconds(str(step.get("created") or "")) // 1_000_000_000,
                "CreatedBy": str(step.get("created_by") or ""),
                "Tags": None,
                "Size": 0 if step.get("empty_layer") else next(sizes, 0),
                "Comment": str(step.get("comment") or ""),
            }
        )
    result.reverse()
    at: str = record.id
    for item in result:
        known = store.image(at) if at else None
        if known is None:
            break
        item["Id"] = known.id
        item["Tags"] = resolve.names(store, known.id) or None
        at = known.parent
    return result
