"""Routes of containers that are answered whole: create, list, inspect, and everything that changes their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hutch.api import create_body, replies, versions
from hutch.api.router import Route
from hutch.model import platform as platforms
from hutch.model.errors import Invalid, Unsupported

if TYPE_CHECKING:
    from hutch.api.backends import Backends
    from hutch.api.replies import Answer
    from hutch.api.request import Request

_FILTERS = (
    "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network",
    "publish", "since", "status", "volume",
)  # fmt: skip
_BODY_WITH_START = "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24"
_EMPTY_BODY = 7  # bytes; "{}", "null" and blanks are taken for no body, as dockerd does


def routes(backends: Backends) -> list[Route]:
    """The routes of this noun."""
    containers = Containers(backends)
    one = "/containers/{id*}"
    return [
        Route("POST", "/containers/create", containers.create),
        Route("GET", "/containers/json", containers.list),
        Route("POST", "/containers/prune", containers.prune, since=(1, 25)),
        Route("GET", f"{one}/json", containers.inspect),
        Route("GET", f"{one}/top", containers.top),
        Route("POST", f"{one}/start", containers.start),
        Route("POST", f"{one}/stop", containers.stop),
        Route("POST", f"{one}/restart", containers.restart),
        Route("POST", f"{one}/kill", containers.kill),
        Route("POST", f"{one}/pause", containers.pause),
        Route("POST", f"{one}/unpause", containers.unpause),
        Route("POST", f"{one}/rename", containers.rename),
        Route("POST", f"{one}/update", containers.update),
        Route("POST", f"{one}/resize", containers.resize),
        Route("DELETE", one, containers.remove),
    ]


class Containers:
    """Handlers."""

    def __init__(self, backends: Backends) -> None:
        self._containers = backends.containers

    async def create(self, request: Request) -> Answer:
        """``POST /containers/create``."""
        body = await request.json(required=True)
        if not any(key not in ("HostConfig", "NetworkingConfig") for key in body):
            raise Invalid("config cannot be empty in order to create a container")
        name = request.query.text("name") or None
        platform = request.query.text("platform") if request.version >= versions.PLATFORM_OF_CONTAINER else ""
        if platform:
            platforms.parse(platform)  # before the image is looked for
        body, warnings = create_body.adapt(body, request.version)
        made = await self._containers.create(name, platform or None, body)
        return replies.json({**made, "Warnings": [*made["Warnings"], *warnings]}, 201)

    async def list(self, request: Request) -> Answer:
        """``GET /containers/json``."""
        query = request.query
        filters = query.filters(*_FILTERS)
        for old in ("since", "before"):  # parameters of their own before filters knew them
            if query.text(old):
                filters.setdefault(old, [query.text(old)])
        rows = self._containers.list(
            everything=query.flag("all"), limit=query.number("limit") or 0, size=query.flag("size"), filters=filters
        )
        return replies.json([versions.fit("container-row", row, request.version) for row in rows])

    async def prune(self, request: Request) -> Answer:
        """``POST /containers/prune``."""
        return replies.json(await self._containers.prune(request.query.filters("until", "label", "label!")))

    async def inspect(self, request: Request) -> Answer:
        """``GET /containers/{id}/json``."""
        found = self._containers.inspect(request.variables["id"], size=request.query.flag("size"))
        return replies.json(versions.fit("container", found, request.version))

    async def top(self, request: Request) -> Answer:
        """``GET /containers/{id}/top``."""
        return replies.json(await self._containers.top(request.variables["id"], request.query.text("ps_args")))

    async def start(self, request: Request) -> Answer:
        """``POST /containers/{id}/start``."""
        if request.length is None or request.length > _EMPTY_BODY:
            raise Invalid(_BODY_WITH_START)
        if request.query.text("checkpoint"):
            raise Unsupported("starting from a checkpoint is not supported yet")
        await self._containers.start(request.variables["id"])
        return replies.empty()

    async def stop(self, request: Request) -> Answer:
        """``POST /containers/{id}/stop``; ``t`` seconds until SIGKILL, negative for no limit."""
        await self._containers.stop(request.variables["id"], _stop_signal(request), request.query.number("t"))
        return replies.empty()

    async def restart(self, request: Request) -> Answer:
        """``POST /containers/{id}/restart``."""
        await self._containers.restart(request.variables["id"], _stop_signal(request), request.query.number("t"))
        return replies.empty()

    async def kill(self, request: Request) -> Answer:
        """``POST /containers/{id}/kill``."""
        await self._containers.kill(request.variables["id"], request.query.text("signal") or None)
        return replies.empty()

    async def pause(self, request: Request) -> Answer:
        """``POST /containers/{id}/pause``."""
        await self._containers.pause(request.variables["id"])
        return replies.empty()

    async def unpause(self, request: Request) -> Answer:
        """``POST /containers/{id}/unpause``."""
        await self._containers.unpause(request.variables["id"])
        return replies.empty()

    async def rename(self, request: Request) -> Answer:
        """``POST /containers/{id}/rename``."""
        if not request.query.text("name"):
            raise Invalid("Neither old nor new names may be empty")
        await self._containers.rename(request.variables["id"], request.query.text("name"))
        return replies.empty()

    async def update(self, request: Request) -> Answer:
        """``POST /containers/{id}/update``."""
        body = await request.json()
        return replies.json(await self._containers.update(request.variables["id"], body))

    async def resize(self, request: Request) -> Answer:
        """``POST /containers/{id}/resize``: the size of its terminal in characters."""
        height, width = request.query.size("h"), request.query.size("w")
        await self._containers.resize(request.variables["id"], height, width)
        return replies.empty(200)

    async def remove(self, request: Request) -> Answer:
        """``DELETE /containers/{id}``."""
        query = request.query
        await self._containers.remove(
            request.variables["id"], force=query.flag("force"), volumes=query.flag("v"), link=query.flag("link")
        )
        return replies.empty()


def _stop_signal(request: Request) -> str | None:
    return (request.query.text("signal") or None) if request.version >= versions.STOP_SIGNAL else None
