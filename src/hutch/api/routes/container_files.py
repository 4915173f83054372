"""Routes about what is in containers: changes, export, commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hutch.api import replies
from hutch.api.router import Route

if TYPE_CHECKING:
    from hutch.api.backends import Backends
    from hutch.api.replies import Answer
    from hutch.api.request import Request


def routes(backends: Backends) -> list[Route]:
    """The routes of this noun."""
    files = ContainerFiles(backends)
    one = "/containers/{id}"
    return [
        Route("GET", f"{one}/changes", files.changes),
        Route("GET", f"{one}/export", files.export),
        Route("POST", "/commit", files.commit),
    ]


class ContainerFiles:
    """Handlers."""

    def __init__(self, backends: Backends) -> None:
        self._files = backends.files

    async def changes(self, request: Request) -> Answer:
        """``GET /containers/{id}/changes``."""
        return replies.json(await self._files.changes(request.variables["id"]))

    async def export(self, request: Request) -> Answer:
        """``GET /containers/{id}/export``: a tar of the file system."""
        pieces = self._files.export(request.variables["id"])
        return replies.Stream(pieces, content_type="application/octet-stream")

    async def commit(self, request: Request) -> Answer:
        """``POST /commit``: an image of a container."""
        query = request.query
        made = await self._files.commit(
            query.text("container"),
            repo=query.text("repo"),
            tag=query.text("tag"),
            comment=query.text("comment"),
            author=query.text("author"),
            pause=query.flag("pause") if query.text("pause") else True,
            changes=query.all("changes"),
            body=await request.json(optional=True),
        )
        return replies.json({"Id": made}, 201)
