"""Routes about what is in containers: changes, export, commit, archives of paths."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from hutch.api import replies
from hutch.api.router import Route
from hutch.model.errors import Invalid

if TYPE_CHECKING:
    from hutch.api.backends import Backends, Json
    from hutch.api.replies import Answer
    from hutch.api.request import Request


def routes(backends: Backends) -> list[Route]:
    """The routes of this noun."""
    files = ContainerFiles(backends)
    one = "/containers/{id*}"
    return [
        Route("GET", f"{one}/changes", files.changes),
        Route("GET", f"{one}/export", files.export),
        Route("POST", "/commit", files.commit),
        Route("HEAD", f"{one}/archive", files.stat),
        Route("GET", f"{one}/archive", files.read),
        Route("PUT", f"{one}/archive", files.write),
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

    async def stat(self, request: Request) -> Answer:
        """``HEAD /containers/{id}/archive``: what is at a path, in a header."""
        return replies.Reply(200, headers=_about(await self._files.stat(request.variables["id"], _path(request))))

    async def read(self, request: Request) -> Answer:
        """``GET /containers/{id}/archive``: a tar of what is at a path."""
        about, pieces = await self._files.read(request.variables["id"], _path(request))
        return replies.Stream(pieces, content_type="application/x-tar", headers=_about(about))

    async def write(self, request: Request) -> Answer:
        """``PUT /containers/{id}/archive``: the tar in the body is unpacked at a path."""
        query = request.query
        await self._files.write(
            request.variables["id"],
            _path(request),
            request.body,
            keep_kinds=query.flag("noOverwriteDirNonDir"),
            copy_owner=query.flag("copyUIDGID"),
        )
        return replies.empty(200)

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
            body=await request.json(),
        )
        return replies.json({"Id": made}, 201)


def _path(request: Request) -> str:
    if not request.query.text("path"):
        raise Invalid("bad parameter: pathcannot be empty")
    return request.query.text("path")


def _about(stat: Json) -> list[tuple[str, str]]:
    text = json.dumps(stat, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogateescape")
    return [("X-Docker-Container-Path-Stat", base64.b64encode(text).decode())]
