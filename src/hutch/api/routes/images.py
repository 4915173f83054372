"""Routes of images."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from hutch.api import replies, versions
from hutch.api.request import decode_object
from hutch.api.router import Route
from hutch.api.routes.progress import progress
from hutch.model import platform as platforms
from hutch.model.errors import Invalid, Unsupported

if TYPE_CHECKING:
    from hutch.api.backends import Backends, Json
    from hutch.api.replies import Answer
    from hutch.api.request import Request
    from hutch.model.platform import Platform

TAR = "application/x-tar"


def routes(backends: Backends) -> list[Route]:
    """The routes of this noun."""
    images = Images(backends)
    one = "/images/{name*}"
    return [
        Route("GET", "/images/json", images.list),
        Route("POST", "/images/create", images.create),
        Route("POST", "/images/load", images.load),
        Route("GET", "/images/get", images.save),
        Route("POST", "/images/prune", images.prune, since=(1, 25)),
        Route("GET", "/images/search", images.search),
        Route("GET", "/distribution/{name*}/json", images.distribution, since=(1, 30)),
        Route("POST", f"{one}/push", images.push),
        Route("GET", f"{one}/get", images.save),
        Route("GET", f"{one}/json", images.inspect),
        Route("GET", f"{one}/history", images.history),
        Route("POST", f"{one}/tag", images.tag),
        Route("POST", "/hutch/pull", images.pull),
        Route("DELETE", one, images.remove),
    ]


class Images:
    """Handlers."""

    def __init__(self, backends: Backends) -> None:
        self._images = backends.images

    async def list(self, request: Request) -> Answer:
        """``GET /images/json``."""
        query = request.query
        filters = query.filters("before", "dangling", "label", "label!", "reference", "since", "until")
        if query.text("filter"):  # the one filter there was before there were filters
            filters.setdefault("reference", [query.text("filter")])
        rows = self._images.list(
            everything=query.flag("all"),
            filters=filters,
            shared_size=query.flag("shared-size"),
            digests=query.flag("digests"),
            manifests=query.flag("manifests"),
        )
        return replies.json([versions.fit("image-row", row, request.version) for row in rows])

    async def create(self, request: Request) -> Answer:
        """``POST /images/create``: pull (``fromImage``), or import the body (``fromSrc=-``) or what is at a URL."""
        query = request.query
        platform = query.text("platform") if request.version >= versions.PLATFORM_OF_IMAGE else ""
        if query.text("fromImage"):
            auth = registry_auth(request.headers.get("x-registry-auth", ""))
            return progress(self._images.pull(query.text("fromImage"), query.text("tag"), platform, auth))
        source = query.text("fromSrc")
        if not source:
            raise Invalid("neither fromImage nor fromSrc is given")
        made = self._images.import_(
            request.body,
            repo=query.text("repo"),
            tag=query.text("tag"),
            message=query.text("message"),
            changes=query.all("changes"),
            platform=platform,
            source="" if source == "-" else source,
        )
        return progress(made)

    async def pull(self, request: Request) -> Answer:
        """``POST /hutch/pull``: as Docker's way to pull, which knows neither ``insecure`` nor ``explain``."""
        query = request.query
        auth = registry_auth(request.headers.get("x-registry-auth", ""))
        if not query.text("fromImage"):
            raise Invalid("fromImage is required")
        return progress(
            self._images.pull(
                query.text("fromImage"),
                query.text("tag"),
                query.text("platform"),
                auth,
                insecure=query.flag("insecure"),
                explain=query.flag("explain"),
            )
        )

    async def push(self, request: Request) -> Answer:
        """``POST /images/{name}/push``."""
        _refuse(request, "platform")
        auth = registry_auth(request.headers.get("x-registry-auth", ""))
        return progress(self._images.push(request.variables["name"], request.query.text("tag"), auth))

    async def distribution(self, request: Request) -> Answer:
        """``GET /distribution/{name}/json``."""
        auth = registry_auth(request.headers.get("x-registry-auth", ""))
        return replies.json(await self._images.distribution(request.variables["name"], auth))

    async def search(self, request: Request) -> Answer:
        """``GET /images/search``."""
        query = request.query
        limit = query.text("limit") or "0"
        if not (limit.isascii() and limit.isdigit()):
            raise Invalid(f"invalid limit {limit[:20]!r}")
        auth = registry_auth(request.headers.get("x-registry-auth", ""))
        filters = query.filters("is-automated", "is-official", "stars")
        return replies.json(await self._images.search(query.text("term"), int(limit[:9]), filters, auth))

    async def load(self, request: Request) -> Answer:
        """``POST /images/load``: a docker-archive or OCI-layout tar."""
        wanted = _platforms(request, "platform")
        return progress(self._images.load(request.body, quiet=request.query.flag("quiet"), wanted=wanted))

    async def save(self, request: Request) -> Answer:
        """``GET /images/get`` and ``GET /images/{name}/get``: a tar of images."""
        names = [request.variables["name"]] if "name" in request.variables else request.query.all("names")
        return replies.Stream(self._images.save(names, _platforms(request, "platform")), content_type=TAR)

    async def prune(self, request: Request) -> Answer:
        """``POST /images/prune``."""
        return replies.json(await self._images.prune(request.query.filters("dangling", "label", "label!", "until")))

    async def inspect(self, request: Request) -> Answer:
        """``GET /images/{name}/json``."""
        found = self._images.inspect(request.variables["name"], _platforms(request, "platform"))
        return replies.json(versions.fit("image", found, request.version))

    async def history(self, request: Request) -> Answer:
        """``GET /images/{name}/history``."""
        return replies.json(self._images.history(request.variables["name"], _platforms(request, "platform")))

    async def tag(self, request: Request) -> Answer:
        """``POST /images/{name}/tag``."""
        await self._images.tag(request.variables["name"], request.query.text("repo"), request.query.text("tag"))
        return replies.empty(201)

    async def remove(self, request: Request) -> Answer:
        """``DELETE /images/{name}``."""
        query = request.query
        if not request.variables["name"].strip():
            raise Invalid("image name cannot be blank")
        removed = await self._images.remove(
            request.variables["name"], force=query.flag("force"), prune=not query.flag("noprune"),
            wanted=_platforms(request, "platforms"),
        )  # fmt: skip
        return replies.json(removed)


def registry_auth(header: str) -> Json | None:
    """The credentials in ``X-Registry-Auth``; none if absent, empty or not valid (Engine API, authentication)."""
    if not header or len(header) > 64 << 10:
        return None
    try:
        return decode_object(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))) or None
    except (binascii.Error, ValueError, Invalid):
        return None


def _platforms(request: Request, parameter: str) -> list[Platform]:
    """The platforms of a parameter that may come several times: JSON objects as in an OCI index. Raises Invalid."""
    result = []
    for text in request.query.all(parameter):
        if not text:
            continue
        value = decode_object(text.encode())
        words = [value.get(key) or "" for key in ("os", "architecture", "variant")]
        if not all(isinstance(word, str) for word in words) or not (words[0] and words[1]):
            raise Invalid(f"invalid platform {text[:100]!r}")
        result.append(platforms.parse("/".join(word for word in words if word)))
    return result


def _refuse(request: Request, parameter: str) -> None:
    if request.query.text(parameter):
        raise Unsupported(f"the parameter {parameter} of {request.path} is not supported yet")
