"""All routes, in the order they are tried: a noun a line, then what is documented and not served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hutch.api import documented
from hutch.api.routes import (
    container_files,
    container_streams,
    containers,
    execs,
    images,
    manifests,
    networks,
    system,
    volumes,
)

if TYPE_CHECKING:
    from hutch.api.backends import Backends
    from hutch.api.router import Route


def routes(backends: Backends) -> list[Route]:
    """Every route of the Engine API and hutch's own."""
    nouns = (system, containers, container_files, container_streams, execs, images, manifests, volumes, networks)
    return [*(route for noun in nouns for route in noun.routes(backends)), *documented.routes()]
