"""What a registry has under a name: the way from a manifest or an index to one image's config and layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hutch.images import documents
from hutch.model import platform, reference
from hutch.model.errors import Invalid, NotFound

if TYPE_CHECKING:
    from hutch.model.platform import Platform
    from hutch.registry.client import Registry
    from hutch.registry.manifests import Fetched

Json = dict[str, Any]

_NESTED = 4
_ENTRIES = 1000
_CONFIG = 8 << 20
_URLS = 16
_CONFIGS = frozenset(("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json",
                      "application/octet-stream", ""))  # fmt: skip


class Found(NamedTuple):
    """An image in a registry: everything about it but its layers, all of it verified."""

    digest: str
    """Of the manifest or index that its name leads to."""

    config: bytes
    stack: list[Json]
    """The descriptors of its layers, lowest first."""

    diff_ids: list[str]


def resolve(registry: Registry, named: reference.Reference, top: Fetched, wanted: Platform | None) -> Found:
    """The image of a manifest, or of an index's entry for ``wanted`` (this machine if None). Raises NotFound,
    Invalid."""
    from hutch.registry import manifests

    at, listed = top, False
    for _ in range(_NESTED):
        manifest = documents.parse_manifest(at.raw, at.media_type)
        if "manifests" not in manifest:
            break
        listed = True
        entries = documents.descriptors(manifest["manifests"], "index", _ENTRIES)
        entry = choose(entries, wanted or platform.host())
        at = manifests.get(registry, named.path, entry["digest"])
        if len(at.raw) != entry.get("size", len(at.raw)):
            raise Invalid(f"manifest {entry['digest']} has another size than its index says")
    else:
        raise Invalid("indexes are nested too deeply")
    item = documents.descriptors([manifest.get("config")], "manifest")[0]
    if item.get("mediaType", "") not in _CONFIGS:
        raise Invalid(f"unsupported media type {str(item.get('mediaType'))[:100]}: this is no image")
    stack = documents.descriptors(manifest.get("layers"), "manifest")
    if not all(isinstance(layer.get("size"), int) for layer in stack):
        raise Invalid("manifest has a layer without a size")
    raw = _config(registry, named, item)
    config = documents.check_config(documents.parse_object(raw, "image config"))
    ids = documents.diff_ids(config)
    if len(ids) != len(stack):
        raise Invalid(f"invalid manifest, layers length mismatch: expected {len(ids)}, got {len(stack)}")
    if wanted is not None and not listed:
        _check_platform(named, config, wanted)
    return Found(top.digest, raw, stack, ids)


def _config(registry: Registry, named: reference.Reference, item: Json) -> bytes:
    """The image config of a manifest, verified."""
    from hutch.registry.blob import document

    name, size = item["digest"], item.get("size", 0)
    if not 0 < size <= _CONFIG:
        raise Invalid(f"image config {name} has {size} bytes")
    raw = document(registry, named.path, name, size)
    if len(raw) != size:
        raise Invalid(f"image config verification failed for digest {name}")
    if not name.startswith("sha256:"):
        raise Invalid(f"image config {name[:30]}...: only sha256 can be an image's id")
    return raw


def choose(entries: list[Json], wanted: Platform) -> Json:
    """The entry of an index for a platform: one of exactly this variant before one of any. Raises NotFound."""
    fitting = []
    for entry in entries:
        where = entry.get("platform") or {}
        if not isinstance(where, dict) or where.get("os") == "unknown":  # attestations are no images
            continue
        named = platform.Platform(
            str(where.get("os", "")), str(where.get("architecture", "")), str(where.get("variant", ""))
        )
        if named.os and wanted.accepts(named):
            fitting.append((named.variant != wanted.variant, entry))
    if not fitting:
        raise NotFound(f"no matching manifest for {wanted} in the manifest list entries")
    return min(fitting, key=lambda pair: pair[0])[1]


def _check_platform(named: reference.Reference, config: Json, wanted: Platform) -> None:
    actual = platform.Platform(
        str(config.get("os") or ""), str(config.get("architecture") or ""), str(config.get("variant") or "")
    )
    if not wanted.accepts(actual):
        raise NotFound(
            f"image with reference {named.familiar} was found but does not match the specified platform: "
            f"wanted {wanted}, actual: {actual}"
        )


def urls(item: Json) -> list[str]:
    """Where else than in the registry a layer can be had (OCI image spec, descriptor ``urls``: foreign layers).
    Raises Invalid."""
    found = item.get("urls") or []
    if not isinstance(found, list) or len(found) > _URLS:
        raise Invalid(f"layer {item['digest']} has no list of at most {_URLS} URLs")
    if not all(isinstance(url, str) and url.startswith(("https://", "http://")) and url.isprintable() for url in found):
        raise Invalid(f"layer {item['digest']} has a URL that cannot be asked")
    return found
