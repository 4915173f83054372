"""A small blob, as image configs are: fetched whole and verified."""

from __future__ import annotations

from hutch.model import digest
from hutch.model.errors import Invalid
from hutch.registry.client import Registry, missing
from hutch.registry.manifests import pull_scope


def document(registry: Registry, repository: str, name: str, limit: int) -> bytes:
    """The image config ``name``. Raises NotFound; Invalid if it has more than ``limit`` bytes or is another."""
    there = registry.endpoint.repository(repository)
    answer = registry.get(f"{there}/blobs/{name}", [pull_scope(there)])
    raw = missing(answer, f"image config {name}").whole(limit)
    if digest.compute(raw, name.partition(":")[0]) != name:
        raise Invalid(f"image config verification failed for digest {name}")
    return raw
