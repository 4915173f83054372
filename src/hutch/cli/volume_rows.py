"""The lines of ``volume ls``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.listing import Fields

RAW = "name=Name driver=Driver"
TABLE = "{{.Driver}}\t{{.Name}}"
HEADERS = {
    "Driver": "DRIVER",
    "Name": "VOLUME NAME",
    "Scope": "SCOPE",
    "Mountpoint": "MOUNTPOINT",
    "Labels": "LABELS",
    "Links": "LINKS",
    "Size": "SIZE",
    "Availability": "AVAILABILITY",
    "Group": "GROUP",
    "Status": "STATUS",
}


def _size(data: Any) -> str:
    from hutch.model.size import human_size

    usage = data.get("UsageData")
    return human_size(float(usage["Size"]), 3) if usage else "N/A"


def fields() -> Fields:
    """The fields of a volume by name."""
    return {
        "Driver": lambda data: data["Driver"],
        "Name": lambda data: data["Name"],
        "Scope": lambda data: data["Scope"],
        "Mountpoint": lambda data: data["Mountpoint"],
        "Labels": lambda data: ",".join(f"{k}={v}" for k, v in sorted((data.get("Labels") or {}).items())),
        "Links": lambda data: str(data["UsageData"]["RefCount"]) if data.get("UsageData") else "N/A",
        "Size": _size,
        "Availability": lambda _: "N/A",
        "Group": lambda _: "N/A",
        "Status": lambda _: "N/A",
        "Label": lambda data: (data[0].get("Labels") or {}).get(data[1], "") if isinstance(data, tuple) else "",
    }
