"""What a registry has under a name, without pulling it (Engine API, DistributionInspect)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hutch.images import documents
from hutch.model import reference
from hutch.model.errors import NotFound, System, Unavailable

if TYPE_CHECKING:
    from hutch.registry.client import Registry
    from hutch.registry.settings import Settings

Json = dict[str, Any]

_PLATFORM = ("architecture", "os", "os.version", "os.features", "variant")


def distribution(settings: Settings, named: reference.Reference, auth: Mapping[str, Any] | None) -> Json:
    """The descriptor of ``named`` and the platforms it is for. Raises NotFound, Unauthorized, System."""
    from hutch.registry import manifests
    from hutch.registry.auth import Credentials
    from hutch.registry.client import connect, first

    candidates = connect(settings, named.domain, Credentials.of(auth), named.path)
    name = named.digest or str(named.tag)
    try:
        registry, found = first(
            candidates, lambda r, attempts: (r, manifests.get(r, named.path, name, attempts=attempts))
        )
        value = documents.parse_manifest(found.raw, found.media_type)
        media_type = found.media_type or str(value.get("mediaType") or "")
        return {
            "Descriptor": {"mediaType": media_type, "digest": found.digest, "size": len(found.raw)},
            "Platforms": _platforms(registry, named, value),
        }
    except NotFound as error:  # the registry's own words, as dockerd gives them
        raise NotFound(error.message.removeprefix("manifest not found: "), hint=error.hint) from None
    except Unavailable as error:
        raise System(error.message, hint=error.hint) from None  # as dockerd: 500
    finally:
        for candidate in candidates:
            candidate.close()


def _platforms(registry: Registry, named: reference.Reference, value: Json) -> list[Json]:
    if "manifests" in value:
        listed = [item.get("platform") for item in documents.descriptors(value["manifests"], "index", 1000)]
        return [_named(where) for where in listed if isinstance(where, dict)]
    return [platform_of(registry, named, value)]


def platform_of(registry: Registry, named: reference.Reference, manifest: Json) -> Json:
    """The platform that the config of an image's manifest says. Raises NotFound, Invalid."""
    from hutch.registry.blob import document
    from hutch.registry.manifests import LIMIT

    item = documents.descriptors([manifest.get("config")], "manifest")[0]
    return _named(documents.parse_object(document(registry, named.path, item["digest"], LIMIT), "image config"))


def _named(where: Json) -> Json:
    return {key: where[key] for key in _PLATFORM if where.get(key)}
