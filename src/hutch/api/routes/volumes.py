"""Routes of volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hutch.api import replies, versions
from hutch.api.documented import NOT_A_MANAGER
from hutch.api.router import Route
from hutch.model.errors import Invalid, Unavailable
from hutch.model.filters import check

if TYPE_CHECKING:
    from hutch.api.backends import Backends
    from hutch.api.replies import Answer
    from hutch.api.request import Request

_FILTERS = frozenset(("dangling", "driver", "label", "name"))


def routes(backends: Backends) -> list[Route]:
    """The routes of this noun."""
    volumes = Volumes(backends)
    return [
        Route("GET", "/volumes", volumes.list),
        Route("POST", "/volumes/create", volumes.create),
        Route("POST", "/volumes/prune", volumes.prune, since=(1, 25)),
        Route("GET", "/volumes/{name*}", volumes.inspect),
        Route("DELETE", "/volumes/{name*}", volumes.remove),
    ]


class Volumes:
    """Handlers."""

    def __init__(self, backends: Backends) -> None:
        self._volumes = backends.volumes

    async def list(self, request: Request) -> Answer:
        """``GET /volumes``."""
        try:
            filters = request.query.filters()
        except Invalid as error:
            raise Invalid(f"error reading volume filters: {error.message}") from None
        check(filters, _FILTERS)
        return replies.json(self._volumes.list(filters))

    async def create(self, request: Request) -> Answer:
        """``POST /volumes/create``; an empty body makes an anonymous volume."""
        body = await request.json()
        if request.version >= versions.CLUSTER_VOLUMES and body.get("ClusterVolumeSpec") is not None:
            raise Unavailable(NOT_A_MANAGER)
        return replies.json(await self._volumes.create(body), 201)

    async def prune(self, request: Request) -> Answer:
        """``POST /volumes/prune``; before 1.42 also volumes that somebody named."""
        filters = request.query.filters("all", "label", "label!")
        if request.version < versions.ANONYMOUS_PRUNE:
            filters.setdefault("all", ["true"])
        return replies.json(await self._volumes.prune(filters))

    async def inspect(self, request: Request) -> Answer:
        """``GET /volumes/{name}``."""
        return replies.json(self._volumes.inspect(request.variables["name"]))

    async def remove(self, request: Request) -> Answer:
        """``DELETE /volumes/{name}``."""
        await self._volumes.remove(request.variables["name"], force=request.query.flag("force"))
        return replies.empty()
