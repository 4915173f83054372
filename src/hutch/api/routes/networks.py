"""Routes of networks; this far those that list and inspect."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hutch.api import replies, versions
from hutch.api.router import Route
from hutch.model import timestamp
from hutch.model.errors import NotFound

if TYPE_CHECKING:
    from hutch.api.backends import Backends
    from hutch.api.replies import Answer
    from hutch.api.request import Request


def routes(backends: Backends) -> list[Route]:
    """The routes of this noun."""
    networks = Networks(backends)
    return [
        Route("GET", "/networks", networks.list),
        Route("GET", "/networks/", networks.list),
        Route("GET", "/networks/{id*}", networks.inspect),
        Route("POST", "/networks/prune", networks.prune, since=(1, 25)),
    ]


class Networks:
    """Handlers."""

    def __init__(self, backends: Backends) -> None:
        self._networks = backends.networks

    async def list(self, request: Request) -> Answer:
        """``GET /networks``."""
        known = ("dangling", "driver", "id", "label", "name", "scope", "type")
        rows = self._networks.list(request.query.filters(*known))
        return replies.json([versions.fit("network", row, request.version) for row in rows])

    async def prune(self, request: Request) -> Answer:
        """``POST /networks/prune``."""
        filters = request.query.filters("label", "label!", "until")
        for text in filters.get("until", ()):
            timestamp.parse(text, time.time_ns())  # refused if it is no time, though there may be nothing to remove
        return replies.json(await self._networks.prune(filters))

    async def inspect(self, request: Request) -> Answer:
        """``GET /networks/{id}``; ``scope`` other than local finds nothing without a swarm."""
        if request.query.text("scope") not in ("", "local"):
            raise NotFound(f"network {request.variables['id']} not found")
        found = self._networks.inspect(request.variables["id"])
        return replies.json(versions.fit("network", found, request.version))
