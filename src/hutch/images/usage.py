"""What images take on the disk (Engine API, ``GET /system/df``): each with what it shares, and all layers once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hutch.images.listing import listing
from hutch.images.store import Store

Json = dict[str, Any]


def usage(store: Store, used: Callable[[str], int]) -> tuple[list[Json], int]:
    """(image rows with ``SharedSize`` and ``Containers``, bytes of all layers); ``used`` counts an image's
    containers."""
    rows = listing(store, everything=False, filters={}, shared_size=True)
    for row in rows:
        row["Containers"] = used(str(row["Id"]))
    return rows, sum(size for (size,) in store.db.query("SELECT size FROM layers"))
