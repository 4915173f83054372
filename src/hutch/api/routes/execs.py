"""Routes of execs: further processes in a running container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hutch.api import replies, versions
from hutch.api.router import Route
from hutch.model.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hutch.api.backends import Backends
    from hutch.api.replies import Answer
    from hutch.api.request import Request


def routes(backends: Backends) -> list[Route]:
    """The routes of this noun."""
    execs = Execs(backends)
    return [
        Route("POST", "/containers/{id*}/exec", execs.create),
        Route("POST", "/exec/{id*}/start", execs.start),
        Route("POST", "/exec/{id*}/resize", execs.resize),
        Route("GET", "/exec/{id*}/json", execs.inspect),
        Route("POST", "/hutch/containers/{id*}/exec", execs.run),
        Route("GET", "/hutch/exec/{id*}/wait", execs.wait),
    ]


class Execs:
    """Handlers."""

    def __init__(self, backends: Backends) -> None:
        self._execs = backends.execs

    async def create(self, request: Request) -> Answer:
        """``POST /containers/{id}/exec``."""
        body = await request.json()
        if not body.get("Cmd"):
            raise Invalid("No exec command specified")
        if request.version < versions.CONSOLE_SIZE:
            body.pop("ConsoleSize", None)
        return replies.json({"Id": await self._execs.create(request.variables["id"], body)}, 201)

    async def start(self, request: Request) -> Answer:
        """``POST /exec/{id}/start``: the connection becomes the process's stdio unless ``Detach``."""
        body = await request.json()
        detach, tty = body.get("Detach") is True, body.get("Tty") is True
        size = console_size(body.get("ConsoleSize")) if tty and request.version >= versions.CONSOLE_SIZE else None
        await self._execs.start(
            request.variables["id"],
            None if detach else request.hijack,
            tty=tty,
            console_size=size,
            old_content_type=request.version < versions.MULTIPLEXED_TYPE,
        )
        return replies.empty(200) if detach else replies.Hijacked()

    async def run(self, request: Request) -> Answer:
        """``POST /hutch/containers/{id}/exec?id=ID``: create and start in one; the client has drawn the id.

        Without a terminal the stream has frames, and the last one is the exit code.
        """
        body = await request.json()
        if not body.get("Cmd"):
            raise Invalid("No exec command specified")
        tty = body.get("Tty") is True
        size = console_size(body.pop("ConsoleSize", None))
        name = await self._execs.create(request.variables["id"], body, request.query.text("id"))
        await self._execs.start(
            name, request.hijack, tty=tty, console_size=size, old_content_type=False, status=not tty
        )
        return replies.Hijacked()

    async def wait(self, request: Request) -> Answer:
        """``GET /hutch/exec/{id}/wait``: the exit code, as soon as there is one."""
        ended = self._ended(request.variables["id"])
        return replies.Stream(ended, content_type="application/json", endless=True)

    async def _ended(self, name: str) -> AsyncIterator[bytes]:
        yield replies.encode({"ExitCode": await self._execs.wait(name)})

    async def resize(self, request: Request) -> Answer:
        """``POST /exec/{id}/resize``."""
        height, width = request.query.size("h"), request.query.size("w")
        await self._execs.resize(request.variables["id"], height, width)
        return replies.empty(200)

    async def inspect(self, request: Request) -> Answer:
        """``GET /exec/{id}/json``."""
        return replies.json(self._execs.inspect(request.variables["id"]))


def console_size(value: Any) -> tuple[int, int] | None:
    """``[height, width]`` in characters; None if absent, Invalid if it is anything else."""
    if value is None:
        return None
    fits = isinstance(value, list) and len(value) == 2 and all(type(n) is int and 0 <= n <= 0xFFFF for n in value)
    if not fits:
        raise Invalid("invalid ConsoleSize: it must be [height, width]")
    return value[0], value[1]
