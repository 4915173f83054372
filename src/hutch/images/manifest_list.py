"""Manifests of a registry as they are, and lists of them put together elsewhere (``manifest inspect``, ``push``)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hutch.images import documents
from hutch.images.distribution import platform_of
from hutch.model import digest, reference
from hutch.model.errors import Forbidden, Invalid, NotFound, System, Unauthorized
from hutch.registry.settings import trusting

if TYPE_CHECKING:
    from hutch.registry.client import Registry
    from hutch.registry.manifests import Fetched
    from hutch.registry.settings import Settings

Json = dict[str, Any]
Auth = Mapping[str, Any] | None

_ENTRIES = 200
_TOTAL = 16 << 20  # bytes of all manifests of one list


def inspect(settings: Settings, named: reference.Reference, auth: Auth, *, insecure: bool) -> Json:
    """``{"List": whether the name leads to a list, "Manifests": [{Ref, Descriptor with platform, Raw in base64}]}``:
    the manifest, or every one that the list names. Raises NotFound, Invalid, Unavailable."""
    from hutch.registry import manifests
    from hutch.registry.auth import Credentials
    from hutch.registry.client import connect, first

    candidates = connect(trusting(settings, named.domain, insecure), named.domain, Credentials.of(auth), named.path)
    name = named.digest or str(named.tag)
    try:
        registry, top = first(candidates, lambda r, n: (r, manifests.get(r, named.path, name, attempts=n)))
        value = documents.parse_manifest(top.raw, top.media_type)
        if "manifests" in value:
            return {"List": True, "Manifests": _entries(registry, named, value)}
        return {"List": False, "Manifests": [_single(registry, named, top, value)]}
    except (NotFound, Unauthorized, Forbidden):
        raise NotFound(f"no such manifest: {named}") from None
    finally:
        for candidate in candidates:
            candidate.close()


def _single(registry: Registry, named: reference.Reference, found: Fetched, value: Json) -> Json:
    kind = found.media_type or str(value.get("mediaType") or documents.MANIFEST[0])
    return _row(str(named), found, kind, platform_of(registry, named, value))


def _row(ref: str, found: Fetched, kind: str, where: Json) -> Json:
    descriptor = {"mediaType": kind, "digest": found.digest, "size": len(found.raw), "platform": where}
    return {"Ref": ref, "Descriptor": descriptor, "Raw": base64.b64encode(found.raw).decode()}


def _entries(registry: Registry, named: reference.Reference, value: Json) -> list[Json]:
    from hutch.registry import manifests

    rows: list[Json] = []
    total = 0
    for item in documents.descriptors(value["manifests"], "index", _ENTRIES):
        found = manifests.get(registry, named.path, item["digest"])
        inner = documents.parse_manifest(found.raw, found.media_type)
        if "manifests" in inner:
            raise Invalid(f"{named}: the list names another list, {item['digest']}")
        total += len(found.raw)
        if total > _TOTAL:
            raise Invalid(f"{named}: its manifests have more than {_TOTAL} bytes")
        kind = str(item.get("mediaType") or found.media_type)
        where = item.get("platform")
        one = reference.Reference(named.domain, named.path, named.tag, item["digest"])
        rows.append(_row(str(one), found, kind, where if isinstance(where, dict) else {}))
    return rows


def push(settings: Settings, named: reference.Reference, auth: Auth, body: Json, *, insecure: bool) -> Json:
    """Put a list and the manifests that it names into a repository, after their blobs, which are taken over from where
    they are in the same registry.

    ``body`` has ``List`` (the list's bytes in base64), ``MediaType``, and ``Manifests`` (``Ref``, ``MediaType``,
    ``Raw``). Returns ``{"Digest": of the list, "Pushed": [of the manifests]}``. Raises Invalid, NotFound, Unavailable.
    """
    from hutch.registry import manifests
    from hutch.registry.auth import Credentials
    from hutch.registry.client import connect, first
    from hutch.registry.ping import answering

    raw = _bytes(body.get("List"), "List")
    value = documents.parse_manifest(raw, str(body.get("MediaType") or ""))
    if "manifests" not in value or not named.tag:
        raise Invalid("List is no list of manifests, or its name has no tag")
    parts = [_part(named, item) for item in _objects(body.get("Manifests"))]
    listed = {item["digest"] for item in documents.descriptors(value["manifests"], "list", _ENTRIES)}
    if missing := listed - {digest.sha256(part[1]) for part in parts}:
        raise Invalid(f"the list names {min(missing)}, which is not among the manifests")
    trusted = trusting(settings, named.domain, insecure)
    candidates = connect(trusted, named.domain, Credentials.of(auth), pulling=False)
    try:
        registry = first(candidates, answering)
        pushed = []
        for source, content, kind in parts:
            _blobs(registry, named.path, source.path, documents.parse_manifest(content, kind))
            pushed.append(digest.sha256(content))
            manifests.put(registry, named.path, pushed[-1], content, kind)
        manifests.put(registry, named.path, named.tag, raw, str(value.get("mediaType") or body["MediaType"]))
        return {"Digest": digest.sha256(raw), "Pushed": pushed}
    finally:
        for candidate in candidates:
            candidate.close()


def _part(named: reference.Reference, item: Json) -> tuple[reference.Reference, bytes, str]:
    """(where it comes from, bytes, media type) of one manifest of a list that is to be pushed."""
    source = reference.parse(str(item.get("Ref") or ""))
    if source.domain != named.domain:
        raise Invalid(
            "cannot use source images from a different registry than the target image: "
            f"{source.domain} != {named.domain}"
        )
    content, kind = _bytes(item.get("Raw"), "Raw"), str(item.get("MediaType") or "")
    if kind not in documents.MANIFEST:
        raise Invalid(f"unsupported manifest media type {kind[:100]!r}")
    documents.parse_manifest(content, kind)
    return source, content, kind


def _blobs(registry: Registry, path: str, source: str, manifest: Json) -> None:
    """Have every blob of a manifest in the repository ``path``, which has them in ``source``."""
    from hutch.registry import upload
    from hutch.registry.manifests import pull_scope

    if path == source:
        return
    items = documents.descriptors([manifest.get("config"), *(manifest.get("layers") or ())], "manifest")
    for item in items:
        name = item["digest"]
        if item.get("urls") or upload.exists(registry, path, name):
            continue
        mounted, location = upload.mount(registry, path, name, source)
        if mounted:
            continue

        def opened(start: int, name: str = name) -> Any:
            answer = registry.get(f"{source}/blobs/{name}", [pull_scope(source)], {"Range": f"bytes={start}-"})
            if answer.status not in (200, 206) or (start and answer.status == 200):
                answer.close()
                raise NotFound(f"blob {name} cannot be had from {source}")
            return answer

        size = item.get("size", 0)
        if not size:
            raise System(f"blob {name} has no size in its manifest")
        upload.Upload(
            registry, path, name, location or upload.begin(registry, path), opened, size, lambda _: None
        ).run()


def _bytes(value: object, what: str) -> bytes:
    try:
        return base64.b64decode(str(value or ""), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(f"{what} is not base64") from None


def _objects(value: object) -> list[Json]:
    if not isinstance(value, list) or len(value) > _ENTRIES or not all(isinstance(item, dict) for item in value):
        raise Invalid(f"Manifests is no list of at most {_ENTRIES} objects")
    return value
