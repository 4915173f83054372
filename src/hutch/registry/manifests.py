"""Manifests and tags of a repository: fetched with their digests checked, put with their media types."""

from __future__ import annotations

import json
from typing import NamedTuple
from urllib.parse import urlsplit

from hutch.model import digest, reference
from hutch.model.errors import Invalid
from hutch.registry.client import Registry, missing

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
ACCEPT = ", ".join((DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX))
LIMIT = 4 << 20  # bytes of a manifest
_TAGS = 100_000
_PAGES = 1000


class Fetched(NamedTuple):
    """A manifest's exact bytes, what the registry calls them, and their digest, which was computed from them."""

    raw: bytes
    media_type: str
    digest: str


def pull_scope(repository: str) -> str:
    """The scope of a token to read a repository."""
    return f"repository:{repository}:pull"


def push_scope(repository: str) -> str:
    """The scope of a token to write to a repository."""
    return f"repository:{repository}:pull,push"


def get(registry: Registry, repository: str, name: str, *, attempts: int = 4, scope: str = "") -> Fetched:
    """The manifest ``name`` (a tag or a digest). Raises NotFound; Invalid if its bytes are not those of the digest."""
    there = registry.endpoint.repository(repository)
    scopes = [scope or pull_scope(there)]
    path = f"{there}/manifests/{name}"
    answer = registry.patient("GET", path, scopes, {"Accept": ACCEPT}, attempts=attempts)
    answer = missing(answer, "manifest")
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    claimed = answer.headers.get("docker-content-digest", "")
    raw = answer.whole(LIMIT)
    computed = digest.compute(raw, name.partition(":")[0] if digest.is_digest(name) else "sha256")
    for wanted in (name if digest.is_digest(name) else "", claimed if claimed.startswith("sha256:") else ""):
        if wanted and wanted.partition(":")[0] == computed.partition(":")[0] and wanted != computed:
            raise Invalid(f"manifest verification failed for digest {wanted}")
    generic = media_type in ("application/json", "application/octet-stream", "text/plain")
    return Fetched(raw, "" if generic else media_type, computed)


def put(registry: Registry, repository: str, name: str, raw: bytes, media_type: str) -> None:
    """Store a manifest under a tag or its digest."""
    scopes = [push_scope(repository)]
    path = f"{repository}/manifests/{name}"
    missing(registry.patient("PUT", path, scopes, {"Content-Type": media_type}, raw), "repository").whole(LIMIT)


def tags(registry: Registry, repository: str, *, attempts: int = 4) -> list[str]:
    """All tags of a repository, however many pages they come in. Raises NotFound, Invalid."""
    found: list[str] = []
    there = registry.endpoint.repository(repository)
    path = f"{there}/tags/list"
    for _ in range(_PAGES):
        answer = registry.patient("GET", path, [pull_scope(there)], attempts=attempts)
        answer = missing(answer, f"repository {repository}")
        link = answer.headers.get("link", "")
        try:
            page = json.loads(answer.whole(LIMIT)).get("tags") or []
        except (ValueError, AttributeError, RecursionError):
            raise Invalid(f"the list of tags of {repository} is not valid") from None
        if not isinstance(page, list) or not all(isinstance(t, str) and reference.is_tag(t) for t in page):
            raise Invalid(f"the list of tags of {repository} is not valid")
        found += page
        path = _next(link, registry)
        if not path:
            return sorted(set(found))
        if len(found) > _TAGS:
            break
    raise Invalid(f"{repository} has more than {_TAGS} tags")


def _next(link: str, registry: Registry) -> str:
    """The path of the next page (RFC 8288, ``rel="next"``), only on the same server."""
    target, _, rest = link.strip().removeprefix("<").partition(">")
    if not target or 'rel="next"' not in rest:
        return ""
    url = urlsplit(registry.locate(target if "://" in target or target.startswith("/") else f"/{target}"))
    return f"{url.path}?{url.query}" if url.netloc == registry.endpoint.host else ""
