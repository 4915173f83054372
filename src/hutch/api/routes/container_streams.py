"""Routes of containers that go on for a while: logs, attach, wait, stats."""

from __future__ import annotations

import functools
import struct
from typing import TYPE_CHECKING

from hutch.api import errors, replies, versions
from hutch.api.router import Route
from hutch.model.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hutch.api.backends import Backends, Json
    from hutch.api.replies import Answer
    from hutch.api.request import Request

RAW = "application/vnd.docker.raw-stream"
MULTIPLEXED = "application/vnd.docker.multiplexed-stream"
CONDITIONS = ("not-running", "next-exit", "removed")


def routes(backends: Backends) -> list[Route]:
    """The routes of this noun's streams."""
    streams = ContainerStreams(backends)
    return [
        Route("GET", "/containers/{id*}/logs", streams.logs),
        Route("POST", "/containers/{id*}/attach", streams.attach),
        Route("POST", "/containers/{id*}/wait", streams.wait),
        Route("GET", "/containers/{id*}/stats", streams.stats),
    ]


class ContainerStreams:
    """Handlers."""

    def __init__(self, backends: Backends) -> None:
        self._containers = backends.containers

    async def logs(self, request: Request) -> Answer:
        """``GET /containers/{id}/logs``."""
        query = request.query
        if not (query.flag("stdout") or query.flag("stderr")):
            raise Invalid("Bad parameters: you must choose at least one stream")
        tty, pieces = await self._containers.logs(
            request.variables["id"],
            stdout=query.flag("stdout"),
            stderr=query.flag("stderr"),
            follow=query.flag("follow"),
            since=query.text("since"),
            until=query.text("until"),
            timestamps=query.flag("timestamps"),
            tail=query.text("tail"),
            details=query.flag("details"),
        )
        content_type = RAW if tty or request.version < versions.MULTIPLEXED_TYPE else MULTIPLEXED
        return replies.Stream(
            pieces,
            content_type=content_type,
            endless=query.flag("follow"),
            last_words=functools.partial(_trouble, frames=not tty),
        )

    async def attach(self, request: Request) -> Answer:
        """``POST /containers/{id}/attach``: the connection becomes the container's stdio."""
        query = request.query
        await self._containers.attach(
            request.variables["id"],
            request.hijack,
            stdin=query.flag("stdin"),
            stdout=query.flag("stdout"),
            stderr=query.flag("stderr"),
            logs=query.flag("logs"),
            stream=query.flag("stream"),
            detach_keys=query.text("detachKeys") or None,
            old_content_type=request.version < versions.MULTIPLEXED_TYPE,
        )
        return replies.Hijacked()

    async def wait(self, request: Request) -> Answer:
        """``POST /containers/{id}/wait``: from API 1.30 the head is sent as soon as the wait is registered."""
        condition = request.query.text("condition") or CONDITIONS[0]
        ref = request.variables["id"]
        if request.version < versions.HEADERS_BEFORE_WAIT:
            return replies.Stream(_last(await self._containers.wait_ready(ref, CONDITIONS[0])), content_type=JSON)
        if condition not in CONDITIONS:
            raise Invalid(f'invalid condition: "{condition}"')
        waiting = await self._containers.wait_ready(ref, condition)
        await anext(waiting)
        return replies.Stream(_encoded(waiting), content_type=JSON, eager=True, endless=True)

    async def stats(self, request: Request) -> Answer:
        """``GET /containers/{id}/stats``: an object a second, or one."""
        query = request.query
        stream = query.flag("stream", default=True)
        one_shot = request.version >= versions.ONE_SHOT and query.flag("one-shot")
        samples = await self._containers.stats(request.variables["id"], stream=stream, one_shot=one_shot)
        if stream and one_shot:
            raise Invalid("cannot have stream=true and one-shot=true")
        return replies.Stream(_encoded(samples), content_type=JSON, eager=stream, endless=True)


JSON = "application/json"
_SYSTEM = 3  # the stream of a frame that holds an error of the engine's, in Docker's protocol


def _trouble(error: Exception, *, frames: bool) -> bytes:
    """What became of the rest of a log, as Docker tells it: its clients take such a frame for an error."""
    text = f"Error grabbing logs: {errors.message_of(error)}\n".encode()
    return struct.pack(">BxxxI", _SYSTEM, len(text)) + text if frames else text


async def _encoded(objects: AsyncIterator[Json]) -> AsyncIterator[bytes]:
    async for item in objects:
        yield replies.encode(item)


async def _last(waiting: AsyncIterator[Json]) -> AsyncIterator[bytes]:
    """The answer of a wait alone, without the sign that it is registered."""
    await anext(waiting)
    async for item in waiting:
        yield replies.encode(item)
