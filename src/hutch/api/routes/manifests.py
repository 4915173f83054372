"""Routes of manifests in registries: hutch's own, as Docker's command asks registries itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hutch.api import replies
from hutch.api.router import Route
from hutch.api.routes.images import registry_auth
from hutch.model.errors import Invalid

if TYPE_CHECKING:
    from hutch.api.backends import Backends
    from hutch.api.replies import Answer
    from hutch.api.request import Request


def routes(backends: Backends) -> list[Route]:
    """The routes of this noun."""
    manifests = Manifests(backends)
    return [
        Route("GET", "/hutch/manifests", manifests.inspect),
        Route("POST", "/hutch/manifests", manifests.push),
    ]


class Manifests:
    """Handlers."""

    def __init__(self, backends: Backends) -> None:
        self._images = backends.images

    async def inspect(self, request: Request) -> Answer:
        """``GET /hutch/manifests?name=``: a manifest, or a list with all that it names."""
        auth = registry_auth(request.headers.get("x-registry-auth", ""))
        insecure = request.query.flag("insecure")
        return replies.json(await self._images.manifest(_name(request), auth, insecure=insecure))

    async def push(self, request: Request) -> Answer:
        """``POST /hutch/manifests?name=``: put a list of manifests under a name."""
        auth = registry_auth(request.headers.get("x-registry-auth", ""))
        insecure = request.query.flag("insecure")
        body = await request.json(required=True)
        return replies.json(await self._images.push_manifests(_name(request), body, auth, insecure=insecure))


def _name(request: Request) -> str:
    name = request.query.text("name")
    if not name:
        raise Invalid("name is required")
    return name
