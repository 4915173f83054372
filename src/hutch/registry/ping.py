"""Whether anybody answers, before something is sent there."""

from __future__ import annotations

from contextlib import suppress

from hutch.model.errors import Unauthorized
from hutch.registry.client import Registry

_ANSWER = 1 << 20


def answering(registry: Registry, attempts: int) -> Registry:
    """``registry`` if it answers; credentials count with the first request that needs them. Raises Unreachable."""
    with suppress(Unauthorized):
        registry.patient("GET", "", (), attempts=attempts).whole(_ANSWER)
    return registry
