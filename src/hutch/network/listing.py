"""``network ls`` and ``network inspect``: the predefined networks as the Engine API shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hutch.model import filters as wanted_filters
from hutch.model.errors import Invalid, NotFound
from hutch.model.network import Attachment, Json
from hutch.network.settings import NetworkSettings

_FILTERS = frozenset({"dangling", "driver", "id", "label", "name", "scope", "type"})
DRIVERS = {"bridge": "bridge", "host": "host", "none": "null"}


def network(name: str, identity: tuple[str, str], *, settings: NetworkSettings, subnet: str, gateway: str) -> Json:
    """One network without its containers (Engine API, Network)."""
    config = [{"Subnet": subnet, "Gateway": gateway}] if name == "bridge" else None
    return {
        "Name": name,
        "Id": identity[0],
        "Created": identity[1],
        "Scope": "local",
        "Driver": DRIVERS[name],
        "EnableIPv4": True,
        "EnableIPv6": False,
        "IPAM": {"Driver": "default", "Options": None, "Config": config},
        "Internal": False,
        "Attachable": False,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": {},
        "Options": _bridge_options(settings) if name == "bridge" else {},
        "Labels": {},
    }


def _bridge_options(settings: NetworkSettings) -> dict[str, str]:
    prefix = "com.docker.network.bridge."
    return {
        prefix + "default_bridge": "true",
        prefix + "enable_icc": str(settings.icc).lower(),
        prefix + "enable_ip_masquerade": str(settings.ip_masq).lower(),
        prefix + "host_binding_ipv4": settings.default_ip or "0.0.0.0",
        prefix + "name": settings.bridge,
        "com.docker.network.driver.mtu": str(settings.mtu),
    }


def containers(attachments: Iterable[Attachment]) -> Json:
    """The ``Containers`` of a network's inspect."""
    return {
        a.container: {
            "Name": a.name,
            "EndpointID": a.endpoint,
            "MacAddress": a.mac,
            "IPv4Address": f"{a.address}/{a.prefix}" if a.address else "",
            "IPv6Address": "",
        }
        for a in attachments
    }


def select(networks: Sequence[Json], filters: Mapping[str, Sequence[str]]) -> list[Json]:
    """The networks that pass the filters. Raises Invalid for an unknown filter, or kind of network."""
    wanted_filters.check(filters, _FILTERS)
    for kind in filters.get("type", ()):
        if kind not in ("builtin", "custom"):
            raise Invalid(f"invalid filter: 'type'='{kind}'")
    dangling = wanted_filters.boolean(filters, "dangling", False) if "dangling" in filters else None
    return [n for n in networks if _passes(n, filters) and dangling is not True]


def _passes(network: Json, filters: Mapping[str, Sequence[str]]) -> bool:
    for key, field in (("driver", "Driver"), ("scope", "Scope")):
        if filters.get(key) and network[field] not in filters[key]:
            return False
    for key, field in (("name", "Name"), ("id", "Id")):
        if filters.get(key) and not any(_matches(value, network[field]) for value in filters[key]):
            return False
    if filters.get("type") and "builtin" not in filters["type"]:
        return False
    return wanted_filters.labels_pass(filters, network["Labels"])


def _matches(pattern: str, text: str) -> bool:
    """A part of it, with ^ and $ for its ends; no whole regular expressions, which may take for ever in ``re``."""
    start, end = pattern.startswith("^"), pattern.endswith("$")
    bare = pattern[1 if start else 0 : -1 if end else None]
    if start and end:
        return bare == text
    if start:
        return text.startswith(bare)
    return text.endswith(bare) if end else bare in text


def find(networks: Sequence[Json], ref: str) -> Json:
    """The network by name, id or unambiguous id prefix. Raises NotFound (Docker's text)."""
    exact = [n for n in networks if ref in (n["Name"], n["Id"])]
    found = exact or [n for n in networks if ref and n["Id"].startswith(ref)]
    if len(found) != 1:
        raise NotFound(f"network {ref} not found")
    return found[0]
