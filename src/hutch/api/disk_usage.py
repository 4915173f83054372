"""The two forms of ``GET /system/df``: totals with items on request since API 1.52, bare lists before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hutch.api.versions import Version, fit

Json = dict[str, Any]

TOTALS: Version = (1, 52)
NO_LISTS: Version = (1, 53)
_LISTS = (
    ("ImageUsage", "Images"),
    ("ContainerUsage", "Containers"),
    ("VolumeUsage", "Volumes"),
    ("BuildCacheUsage", "BuildCache"),
)


def for_version(usage: Mapping[str, Json], version: Version, *, verbose: bool) -> Json:
    """The answer for a client of ``version``; 1.52 has both forms. ``verbose`` keeps the items of the newer one."""
    out: Json = {}
    if version < NO_LISTS:
        out["LayersSize"] = usage.get("ImageUsage", {}).get("TotalSize", 0)
        for total, name in _LISTS:
            rows = usage[total]["Items"] if total in usage else None
            out[name] = [fit("image-row", row, version) for row in rows] if rows and name == "Images" else rows
    if version >= TOTALS:
        for total, value in usage.items():
            kept = value["Items"] and verbose
            out[total] = value if kept else {key: item for key, item in value.items() if key != "Items"}
    return out
