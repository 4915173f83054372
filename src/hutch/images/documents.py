"""JSON that came from outside: manifests, indexes, image configs. Bounded before it is parsed, checked after."""

from __future__ import annotations

import json
from typing import Any

from hutch.model import digest
from hutch.model.errors import Invalid
from hutch.model.limits import DEFAULT, Limits

Json = dict[str, Any]

INDEX = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFEST = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_LAYERS = 128


def parse(data: bytes, what: str, limits: Limits = DEFAULT) -> Any:
    """The value of the JSON document ``data``. Raises Invalid naming ``what``."""
    if len(data) > limits.document:
        raise Invalid(f"{what} is larger than {limits.document} bytes")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{what} is not valid JSON") from error


def parse_object(data: bytes, what: str, limits: Limits = DEFAULT) -> Json:
    """As :func:`parse`, for a document that must be an object."""
    value = parse(data, what, limits)
    if not isinstance(value, dict):
        raise Invalid(f"{what} is not a JSON object")
    return value


def parse_manifest(data: bytes, media_type: str) -> Json:
    """A manifest or an index that was announced as ``media_type`` ("" if it was not).

    A document that could be read as both, or that calls itself something else than it was announced as, is refused:
    one digest would stand for two images (CVE-2021-41190). Raises Invalid.
    """
    value = parse_object(data, "manifest")
    if ("layers" in value or "config" in value) and "manifests" in value:
        raise Invalid("manifest has both layers and manifests")
    if "fsLayers" in value:
        raise Invalid("manifest of schema version 1 is not supported", hint="save the image with a current tool")
    own = value.get("mediaType", "")
    if own and media_type and own != media_type:
        raise Invalid(f"manifest calls itself {str(own)[:100]!r} and was announced as {media_type[:100]!r}")
    kind = own or media_type
    if kind and kind not in (INDEX if "manifests" in value else MANIFEST):
        raise Invalid(f"unsupported manifest media type {str(kind)[:100]!r}")
    return value


def descriptors(value: object, what: str, limit: int = _LAYERS) -> list[Json]:
    """A list of descriptors with checked digests and sizes. Raises Invalid."""
    if not isinstance(value, list) or not all(isinstance(d, dict) for d in value) or len(value) > limit:
        raise Invalid(f"{what} is not a list of at most {limit} descriptors")
    for item in value:
        digest.check(item.get("digest"), f"digest in {what}")
        size = item.get("size", 0)
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise Invalid(f"invalid size in {what}")
    return value


def diff_ids(config: Json) -> list[str]:
    """The layers that an image config names. Raises Invalid."""
    rootfs = config.get("rootfs")
    ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if ids is None:
        ids = []
    if not isinstance(ids, list):
        raise Invalid("image config names no list of layers")
    if len(ids) > _LAYERS:
        raise Invalid("max depth exceeded", hint=f"an image can have {_LAYERS} layers, this one has {len(ids)}")
    return [digest.check(d, "diff id") for d in ids]


def check_config(config: Json) -> Json:
    """``config`` if the parts that hutch uses have the types they must have. Raises Invalid naming the field."""
    for key in ("architecture", "os", "created", "author", "comment", "variant"):
        _expect(config, key, str)
    settings = config.get("config")
    if settings is None:
        settings = {}
    if not isinstance(settings, dict):
        raise Invalid("image config has no object in config")
    for key in ("User", "WorkingDir", "StopSignal"):
        _expect(settings, key, str)
    for key in ("Env", "Cmd", "Entrypoint", "OnBuild", "Shell"):
        _expect(settings, key, list)
        if not all(isinstance(item, str) for item in settings.get(key) or ()):
            raise Invalid(f"image config has something else than text in {key}")
    for key in ("Labels", "Volumes", "ExposedPorts", "Healthcheck"):
        _expect(settings, key, dict)
    if not all(isinstance(v, str) for v in (settings.get("Labels") or {}).values()):
        raise Invalid("image config has a label that is no text")
    history = config.get("history")
    if history is not None and not (isinstance(history, list) and all(isinstance(h, dict) for h in history)):
        raise Invalid("image config has a history that is none")
    diff_ids(config)
    return config


def _expect(value: Json, key: str, kind: type) -> None:
    if value.get(key) is not None and not isinstance(value[key], kind):
        raise Invalid(f"image config has the wrong type in {key}")


def dump(value: object) -> bytes:
    """JSON without spaces, keys as given; the bytes that a digest is made of."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogateescape")
