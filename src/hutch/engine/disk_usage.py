"""``system df``: what images, containers and volumes take on the disk, and what of it could be freed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from hutch.engine.roster import Roster
from hutch.model.errors import HutchError
from hutch.storage.driver import StorageDriver

Json = dict[str, Any]
Rows = list[Json]

KINDS = frozenset({"container", "image", "volume", "build-cache"})


class DiskUsage:
    """Measures on request; nothing is kept between two requests."""

    def __init__(
        self,
        *,
        roster: Roster,
        storage: StorageDriver,
        containers: Callable[[], Rows],
        images: Callable[[Callable[[str], int]], Awaitable[tuple[Rows, int]]],
        volumes: Callable[[], Awaitable[Rows]],
    ) -> None:
        """``containers`` lists all of them, ``images`` takes a function that counts an image's containers."""
        self._roster, self._storage = roster, storage
        self._containers, self._images, self._volumes = containers, images, volumes

    async def read(self, kinds: Sequence[str]) -> Json:
        """``GET /system/df`` with all items; only of ``kinds`` if there are any. Each kind that was asked for has a
        key."""
        wanted = set(kinds) or KINDS
        out: Json = {}
        used = Counter(container.record.image for container in self._roster)
        images, size = await self._images(lambda image: used[image]) if wanted & {"image", "container"} else ([], 0)
        if "image" in wanted:
            out["ImageUsage"] = of_images(images, size)
        if "container" in wanted:
            sizes = {row["Id"]: int(row["Size"]) for row in images}
            rows = self._containers()
            out["ContainerUsage"] = of_containers(await asyncio.to_thread(self._measured, rows, sizes))
        if "volume" in wanted:
            out["VolumeUsage"] = of_volumes(await self._volumes())
        if "build-cache" in wanted:
            out["BuildCacheUsage"] = _total([], 0, 0, 0)  # what there is none of takes nothing
        return out

    def _measured(self, rows: Rows, images: dict[str, int]) -> Rows:
        for row in rows:
            try:
                own = self._storage.usage(row["Id"]).size
            except (HutchError, OSError):  # it goes just now
                own = 0
            row["SizeRw"], row["SizeRootFs"] = own, own + images.get(row["ImageID"], 0)
        return rows


def of_images(rows: Rows, size: int) -> Json:
    """Images take each layer once; what is shared is not counted as used by any of them."""
    active = [row for row in rows if row["Containers"] > 0]
    used = sum(row["Size"] - row["SharedSize"] for row in active)
    return _total(rows, len(active), size, size - used)


def of_containers(rows: Rows) -> Json:
    """What runs or is about to cannot be removed."""
    active = [row for row in rows if row["State"] in ("running", "paused", "restarting")]
    size = sum(row["SizeRw"] for row in rows)
    return _total(rows, len(active), size, size - sum(row["SizeRw"] for row in active))


def of_volumes(rows: Rows) -> Json:
    """Volumes that no container uses could go; a size of -1 is not known."""
    free = sum(max(row["UsageData"]["Size"], 0) for row in rows if not row["UsageData"]["RefCount"])
    active = sum(1 for row in rows if row["UsageData"]["RefCount"])
    return _total(rows, active, sum(max(row["UsageData"]["Size"], 0) for row in rows), free)


def _total(rows: Rows, active: int, size: int, reclaimable: int) -> Json:
    return {
        "ActiveCount": active,
        "TotalCount": len(rows),
        "TotalSize": size,
        "Reclaimable": max(reclaimable, 0),
        "Items": rows,
    }
