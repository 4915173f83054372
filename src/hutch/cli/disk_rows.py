"""The lines of ``system df``: four kinds of objects, what they take and what of it could be freed."""

from __future__ import annotations

from hutch.model.size import human_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.listing import Fields

TABLE = "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}"
HEADERS = {
    "Type": "TYPE",
    "TotalCount": "TOTAL",
    "Active": "ACTIVE",
    "Size": "SIZE",
    "Reclaimable": "RECLAIMABLE",
}
BUILD_CACHE = "CACHE ID\tCACHE TYPE\tSIZE\tCREATED\tLAST USED\tUSAGE\tSHARED"


def lines(usage: Any) -> list[tuple[str, int, int, int, int, bool]]:
    """(kind, count, active, bytes, reclaimable bytes, whether a percentage is shown) of each kind, from the lists that
    the engine gives."""
    return [
        ("Images", *_images(usage), True),
        ("Containers", *_containers(usage), True),
        ("Local Volumes", *_volumes(usage), True),
        ("Build Cache", *_builds(usage), False),
    ]


def _images(usage: Any) -> tuple[int, int, int, int]:
    images, size = usage.get("Images") or [], int(usage.get("LayersSize") or 0)
    active = [image for image in images if image["Containers"] > 0]
    used = sum(image["Size"] - image["SharedSize"] for image in images if image["Containers"] and _known(image))
    return len(images), len(active), size, size - used


def _known(image: Any) -> bool:
    return bool(image["Size"] != -1 and image["SharedSize"] != -1)


def _containers(usage: Any) -> tuple[int, int, int, int]:
    containers = usage.get("Containers") or []
    active = [c for c in containers if any(word in c["State"] for word in ("running", "paused", "restarting"))]
    size = sum(c.get("SizeRw") or 0 for c in containers)
    return len(containers), len(active), size, size - sum(c.get("SizeRw") or 0 for c in active)


def _volumes(usage: Any) -> tuple[int, int, int, int]:
    measured = [volume["UsageData"] for volume in usage.get("Volumes") or []]
    sized = [data for data in measured if data["Size"] != -1]
    active = sum(1 for data in measured if data["RefCount"] > 0)
    free = sum(data["Size"] for data in sized if data["RefCount"] == 0)
    return len(measured), active, sum(data["Size"] for data in sized), free


def _builds(usage: Any) -> tuple[int, int, int, int]:
    records = usage.get("BuildCache") or []
    own = [record for record in records if not record.get("Shared")]
    free = sum(record["Size"] for record in own if not record.get("InUse"))
    active = sum(1 for record in records if record.get("InUse"))
    return len(records), active, sum(record["Size"] for record in own), free


def _reclaimable(line: Any) -> str:
    _, _, _, size, free, percentage = line
    text = human_size(float(free), 3)
    return f"{text} ({int(free * 100 / size)}%)" if percentage and size > 0 else text


def fields() -> Fields:
    """The fields of a line by name."""
    return {
        "Type": lambda line: line[0],
        "TotalCount": lambda line: str(line[1]),
        "Active": lambda line: str(line[2]),
        "Size": lambda line: human_size(float(line[3]), 3),
        "Reclaimable": _reclaimable,
    }
