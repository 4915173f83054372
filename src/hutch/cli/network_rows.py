"""The lines of ``network ls``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.listing import Fields

RAW = "network_id=ID name=Name driver=Driver scope=Scope"
TABLE = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}"
HEADERS = {
    "ID": "NETWORK ID",
    "Name": "NAME",
    "Driver": "DRIVER",
    "Scope": "SCOPE",
    "IPv4": "IPV4",
    "IPv6": "IPV6",
    "Internal": "INTERNAL",
    "Labels": "LABELS",
    "CreatedAt": "CREATED AT",
}


def _created(data: Any) -> str:
    """The time of creation as Go prints it."""
    text = str(data["Created"])
    day, _, rest = text.partition("T")
    zone = "+0000 UTC" if rest.endswith("Z") else f"{rest[-6:-3]}{rest[-2:]} {rest[-6:-3]}{rest[-2:]}"
    clock = rest[:-1] if rest.endswith("Z") else rest[:-6]
    whole, point, part = clock.partition(".")
    part = part.rstrip("0")
    return f"{day} {whole}{point if part else ''}{part} {zone}"


def fields(*, truncate: bool) -> Fields:
    """The fields of a network by name."""

    def word(value: Any) -> str:
        return "true" if value else "false"

    return {
        "ID": lambda data: data["Id"][:12] if truncate else data["Id"],
        "Name": lambda data: data["Name"],
        "Driver": lambda data: data["Driver"],
        "Scope": lambda data: data["Scope"],
        "IPv4": lambda data: word(data.get("EnableIPv4")),
        "IPv6": lambda data: word(data.get("EnableIPv6")),
        "Internal": lambda data: word(data.get("Internal")),
        "Labels": lambda data: ",".join(f"{k}={v}" for k, v in sorted((data.get("Labels") or {}).items())),
        "CreatedAt": _created,
        "Label": lambda data: (data[0].get("Labels") or {}).get(data[1], "") if isinstance(data, tuple) else "",
    }
