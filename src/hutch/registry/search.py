"""Search in a registry that offers it: Docker Hub and others answer ``/v1/search``; the distribution protocol has no
such request."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hutch.model.errors import Invalid, System
from hutch.model.reference import DEFAULT_DOMAIN, LEGACY_DOMAIN, split_domain
from hutch.registry.auth import Credentials
from hutch.registry.client import Registry, connect, first
from hutch.registry.settings import Settings

Json = dict[str, Any]

_ANSWER = 8 << 20


def search(settings: Settings, term: str, limit: int, credentials: Credentials) -> list[Json]:
    """The repositories whose name or description has ``term``, which may begin with a registry. Raises Invalid,
    System if the registry has no search, Unavailable."""
    if not 1 <= limit <= 100:
        raise Invalid(f"limit {limit} is outside the range of [1, 100]")
    if "://" in term:
        raise Invalid("invalid repository name: repository name "
                      f"({term}) must not have a scheme")  # fmt: skip
    domain, rest = split_domain(term)
    if domain == DEFAULT_DOMAIN:
        domain, rest = LEGACY_DOMAIN, rest.removeprefix("library/")
    candidates = connect(settings, domain, credentials, pulling=False)
    path = f"/v1/search?q={quote(rest, safe='')}&n={limit}"
    try:
        return first(candidates, lambda registry, _: _ask(registry, path, domain))
    finally:
        for candidate in candidates:
            candidate.close()


def _ask(registry: Registry, path: str, domain: str) -> list[Json]:
    answer = registry.send("GET", path, ())
    body = answer.whole(_ANSWER)
    if answer.status != 200:
        raise System(f"Unexpected status code {answer.status}", hint=f"registry {domain} has no search")
    try:
        results = json.loads(body)["results"]
        return [_row(item) for item in results[:100]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Invalid(f"the search answer of {domain} is not valid") from None


def _row(item: Json) -> Json:
    return {
        "star_count": int(item.get("star_count") or 0),
        "is_official": bool(item.get("is_official")),
        "name": str(item["name"]),
        "is_automated": bool(item.get("is_automated")),
        "description": str(item.get("description") or ""),
    }
