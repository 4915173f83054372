"""Routes of the daemon itself: ping, version, info, events, auth, and hutch's own additions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hutch.api import create_body, disk_usage, replies, versions
from hutch.api.router import Route
from hutch.api.routes.progress import progress
from hutch.model.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hutch.api.backends import Backends, Json
    from hutch.api.replies import Answer, Reply
    from hutch.api.request import Request
    from hutch.api.versions import Version

_SEPARATED = {"application/jsonl": b"", "application/x-ndjson": b"", "application/json-seq": b"\x1e"}


def routes(backends: Backends) -> list[Route]:
    """The routes of this noun."""
    system = System(backends)
    return [
        Route("GET", "/_ping", system.ping),
        Route("HEAD", "/_ping", system.ping_head),
        Route("OPTIONS", "/{path*}", system.options),
        Route("GET", "/version", system.version),
        Route("GET", "/info", system.info),
        Route("GET", "/events", system.events),
        Route("POST", "/auth", system.auth),
        Route("GET", "/system/df", system.disk_usage, since=(1, 25)),
        Route("POST", "/build/prune", system.prune_builds, since=(1, 31)),
        Route("POST", "/hutch/plan", system.plan),
        Route("POST", "/hutch/bootstrap", system.bootstrap),
        Route("POST", "/hutch/fsck", system.fsck),
        Route("POST", "/hutch/gc", system.gc),
    ]


class System:
    """Handlers."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends

    async def options(self, _request: Request) -> Answer:
        """``OPTIONS`` of any page: nothing is told of it, as by dockerd."""
        return replies.empty(200)

    async def ping(self, _request: Request) -> Reply:
        """``GET|HEAD /_ping``: that the daemon lives, and what a client negotiates with."""
        headers = [
            ("Swarm", "inactive"),
            ("Cache-Control", "no-cache, no-store, must-revalidate"),
            ("Pragma", "no-cache"),
        ]
        return replies.text("OK", headers=headers)

    async def ping_head(self, request: Request) -> Answer:
        """``HEAD /_ping``: dockerd's length is that of what it sends, which is nothing."""
        answer = await self.ping(request)
        return replies.text("", headers=[pair for pair in answer.headers if pair[0] != "Content-Type"])

    async def version(self, _request: Request) -> Answer:
        """``GET /version``."""
        return replies.json(self._backends.system.version())

    async def info(self, request: Request) -> Answer:
        """``GET /info``."""
        return replies.json(versions.fit("info", self._backends.system.info(), request.version))

    async def events(self, request: Request) -> Answer:
        """``GET /events``: JSON objects until the client goes or ``until`` is reached."""
        query = request.query
        filters = query.filters()
        content_type, mark = _event_format(request)
        events = self._backends.system.events(query.text("since"), query.text("until"), filters)
        return replies.Stream(
            _lines(events, request.version, mark), content_type=content_type, eager=True, endless=True
        )

    async def auth(self, request: Request) -> Answer:
        """``POST /auth``: whether a registry accepts credentials."""
        token = await self._backends.images.login(await request.json(required=True))
        return replies.json({"Status": "Login Succeeded", "IdentityToken": token})

    async def disk_usage(self, request: Request) -> Answer:
        """``GET /system/df``."""
        found = await self._backends.system.disk_usage(request.query.all("type"))
        shown = disk_usage.for_version(found, request.version, verbose=request.query.flag("verbose"))
        return replies.json(shown)

    async def prune_builds(self, request: Request) -> Answer:
        """``POST /build/prune``, which ``docker system prune`` asks for: this engine keeps nothing of builds."""
        request.query.filters()
        return replies.json({"CachesDeleted": None, "SpaceReclaimed": 0})

    async def plan(self, request: Request) -> Answer:
        """``POST /hutch/plan``: every kernel step of a container with this create body; nothing is run."""
        body, _warnings = create_body.adapt(await request.json(required=True), request.version)
        return replies.json(await self._backends.containers.plan(body))

    async def gc(self, request: Request) -> Answer:
        """``POST /hutch/gc``: remove images down to the lower watermark; with ``dry-run`` only name them."""
        return replies.json(await self._backends.images.gc(dry=request.query.flag("dry-run")))

    async def fsck(self, request: Request) -> Answer:
        """``POST /hutch/fsck``: look for damage in the image store; ``quick`` reads no content, ``repair`` mends."""
        query = request.query
        return progress(self._backends.images.fsck(quick=query.flag("quick"), repair=query.flag("repair")))

    async def bootstrap(self, request: Request) -> Answer:
        """``POST /hutch/bootstrap``: make an image of a distribution; body ``{name, variant, include[], mirror}``."""
        body = await request.json(required=True)
        include = body.get("include") or []
        if not isinstance(include, list) or not all(isinstance(item, str) for item in include):
            raise Invalid("include must be a list of package names")
        made = self._backends.images.bootstrap(
            _word(body, "name"), variant=_word(body, "variant"), include=include, mirror=_word(body, "mirror")
        )
        return progress(made)


def _word(body: Json, key: str) -> str:
    value = body.get(key) or ""
    if not isinstance(value, str):
        raise Invalid(f"{key} must be a string")
    return value


def _event_format(request: Request) -> tuple[str, bytes]:
    accept = request.headers.get("accept", "")
    if accept in _SEPARATED:
        return accept, _SEPARATED[accept]
    return ("application/jsonl" if request.version >= versions.JSON_LINES else "application/json"), b""


async def _lines(events: AsyncIterator[Json], version: Version, mark: bytes) -> AsyncIterator[bytes]:
    async for event in events:
        if version < versions.IMAGE_CREATE_EVENTS and event.get("Type") == "image" and event.get("Action") == "create":
            continue
        yield mark + replies.encode(event_for(event, version))


def event_for(event: Json, version: Version) -> Json:
    """An event with the three old fields that clients knew until API 1.51."""
    actor = event.get("Actor") or {}
    if version >= versions.NO_OLD_EVENT_FIELDS or event.get("Type") not in ("container", "image"):
        return event
    old: Json = {"status": event.get("Action", "")}
    if actor.get("ID"):
        old["id"] = actor["ID"]
    if event.get("Type") == "container" and "image" in (actor.get("Attributes") or {}):
        old["from"] = actor["Attributes"]["image"]
    return {**old, **event}
