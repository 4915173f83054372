"""The lines of ``search``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.listing import Fields

TABLE = "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}"
HEADERS = {"Name": "NAME", "Description": "DESCRIPTION", "StarCount": "STARS", "IsOfficial": "OFFICIAL",
           "IsAutomated": "AUTOMATED"}  # fmt: skip
_WIDTH = 45


def _description(data: Any, truncate: bool) -> str:
    text = str(data.get("description") or "").replace("\n", " ").replace("\r", " ")
    return text[: _WIDTH - 1] + "…" if truncate and len(text) > _WIDTH else text


def _mark(data: Any, name: str) -> str:
    return "[OK]" if data.get(name) else ""


def fields(*, truncate: bool) -> Fields:
    """The fields of a repository by name."""
    return {
        "Name": lambda data: data["name"],
        "Description": lambda data: _description(data, truncate),
        "StarCount": lambda data: str(data.get("star_count") or 0),
        "IsOfficial": lambda data: _mark(data, "is_official"),
        "IsAutomated": lambda data: _mark(data, "is_automated"),
    }
