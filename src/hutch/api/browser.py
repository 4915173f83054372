"""Keeps browsers away from TCP listeners (CVE-2025-9074 and DNS rebinding).

A page cannot set the Host or Origin its browser sends. A rebound name is the page's own, with a dot in it, so only
addresses, names without a dot and the daemon's own names are answered; a request with an Origin never is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hutch.model.errors import Forbidden

_BROWSER_FIELDS = ("origin", "sec-fetch-site", "sec-fetch-mode")


def host_name(value: str) -> str:
    """The name or address in a Host field, without port and brackets, in lower case."""
    value = value.strip().lower()
    if value.startswith("["):
        return value[1:].partition("]")[0]
    return value.rpartition(":")[0] if value.count(":") == 1 else value


def is_address(name: str) -> bool:
    """Whether this is an IPv4 or IPv6 address and not a name."""
    parts = name.split(".")
    if len(parts) == 4 and all(part.isascii() and part.isdigit() for part in parts):
        return True
    return ":" in name and all(c in "0123456789abcdef:.%" for c in name.partition("%")[0])


def check(headers: Mapping[str, str], own_names: Collection[str]) -> None:
    """Raise Forbidden for what a browser sends, and for a Host that is some other site's name."""
    for field in _BROWSER_FIELDS:
        if field in headers:
            raise Forbidden(f"requests from browsers are refused: there is a field {field} in the request")
    name = host_name(headers.get("host", "")).rstrip(".")
    if "." not in name or is_address(name) or name.endswith(".localhost") or name in own_names:
        return
    raise Forbidden(
        f'the request is for the host "{name}", which is not a name of this daemon',
        hint="use its address, or name it to the daemon as -H tcp://NAME:PORT",
    )
