"""The lines of ``history``: one for every step of making an image."""

from __future__ import annotations

from hutch.cli.container.rows import shorten
from hutch.cli.moments import ago

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.listing import Fields

TABLE = "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"
HEADERS = {
    "ID": "IMAGE",
    "CreatedSince": "CREATED",
    "CreatedAt": "CREATED AT",
    "CreatedBy": "CREATED BY",
    "Size": "SIZE",
    "Comment": "COMMENT",
}


def created_at(seconds: int) -> str:
    """The time of a step as RFC 3339 in the local zone."""
    import time

    parts = time.localtime(seconds)
    zone = time.strftime("%z", parts)
    return time.strftime("%Y-%m-%dT%H:%M:%S", parts) + ("Z" if zone == "+0000" else f"{zone[:3]}:{zone[3:]}")


def fields(*, truncate: bool, human: bool) -> Fields:
    """The fields of a step by name."""

    def identifier(step: Any) -> str:
        name: str = step["Id"]
        return name.removeprefix("sha256:")[:12] if truncate and name != "<missing>" else name

    def created_by(step: Any) -> str:
        text: str = step["CreatedBy"].replace("\t", " ")
        return shorten(text, 45) if truncate else text

    def since(step: Any) -> str:
        if step["Created"] <= 0:
            return "N/A"
        return ago(step["Created"]) if human else created_at(step["Created"])

    def size(step: Any) -> str:
        from hutch.model.size import human_size

        return human_size(float(step["Size"]), 3) if human else str(step["Size"])

    return {
        "ID": identifier,
        "CreatedSince": since,
        "CreatedAt": lambda step: created_at(step["Created"]),
        "CreatedBy": created_by,
        "Size": size,
        "Comment": lambda step: step["Comment"],
    }
