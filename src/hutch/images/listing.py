"""``docker images`` (Engine API, ImageSummary) and its filters."""

from __future__ import annotations

import functools
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hutch.images import clock, resolve
from hutch.images.store import Layer, Record, Store, Summary
from hutch.model import filters as model_filters
from hutch.model import reference
from hutch.model.errors import Invalid

Json = dict[str, Any]
Filters = Mapping[str, Sequence[str]]

Used = Callable[[str], Sequence[str]]

KNOWN = frozenset({"dangling", "label", "label!", "before", "since", "reference", "until"})


def listing(
    store: Store, *, everything: bool, filters: Filters, shared_size: bool = False, used: Used | None = None
) -> list[Json]:
    """The images that pass ``filters``, newest first; ``everything`` with those that only serve as parents. With
    ``used``, which gives an image's containers, each has the manifests that it stands for: one.

    Raises Invalid for unknown filters or values, NotFound for an image named by ``before`` or ``since``.
    """
    model_filters.check(filters, KNOWN)
    images = store.summaries()
    tags, digests = _names(store.tags()), _names(store.digests())
    parents = {image.parent for image in images if image.parent}
    passes = _tests(store, filters)
    layers = store.all_layers()
    uses = Counter(layer.chain for image in images for layer in stack(layers, image.top)) if shared_size else None
    wanted = filters.get("reference") or ()
    result = []
    for image in images:
        names = [f"{familiar_name(repo)}:{tag}" for repo, tag in tags.get(image.id, [])]
        dangling = not names
        if dangling and image.id in parents and not everything:
            continue
        if not all(test(image, dangling) for test in passes):
            continue
        if wanted:
            names = [n for n in names if any(matches(pattern, n) for pattern in wanted)]
            if not names:
                continue
        pinned = [f"{familiar_name(repo)}@{d}" for repo, d in digests.get(image.id, [])]
        row = _summary(stack(layers, image.top), image, names, pinned, uses)
        if used is not None:
            containers = used(image.id)
            row["Containers"] = len(containers)
            row["Manifests"] = [manifest(image, stack(layers, image.top), containers)]
        result.append(row)
    return sorted(result, key=lambda item: (-int(item["Created"]), str(item["Id"])))


def manifest(image: Summary, layers: list[Layer], containers: Sequence[str]) -> Json:
    """The one manifest of an image (Engine API, ImageManifestSummary). It is made when the image is saved or pushed,
    so the config's digest stands for it."""
    system, architecture, variant = image.platform
    platform = {"architecture": architecture, "os": system}
    if variant:
        platform["variant"] = variant
    content = sum(layer.blob_size for layer in layers) + image.config_size
    unpacked = sum(layer.size for layer in layers)
    media_type = "application/vnd.oci.image.config.v1+json"
    return {
        "ID": image.id,
        "Descriptor": {"mediaType": media_type, "digest": image.id, "size": image.config_size},
        "Available": True,
        "Size": {"Content": content, "Total": content + unpacked},
        "Kind": "image",
        "ImageData": {"Platform": platform, "Containers": list(containers), "Size": {"Unpacked": unpacked}},
    }


def stack(layers: Mapping[str, Layer], top: str | None) -> list[Layer]:
    """The layers below and with ``top``, uppermost first."""
    result = []
    while top is not None and top in layers:
        result.append(layers[top])
        top = layers[top].parent
    return result


@functools.lru_cache(2048)
def familiar_name(repo: str) -> str:
    """A normalized repository as people write it."""
    return reference.parse(repo).familiar_name


def _names(rows: list[tuple[str, str, str]]) -> dict[str, list[tuple[str, str]]]:
    result: dict[str, list[tuple[str, str]]] = {}
    for repo, name, identifier in rows:
        result.setdefault(identifier, []).append((repo, name))
    return result


def _summary(
    layers: list[Layer], image: Summary, names: list[str], digests: list[str], uses: Counter[str] | None
) -> Json:
    return {
        "Id": image.id,
        "ParentId": image.parent,
        "RepoTags": names,
        "RepoDigests": digests,
        "Created": image.created // 1_000_000_000,
        "Size": sum(layer.size for layer in layers),
        "SharedSize": -1 if uses is None else sum(layer.size for layer in layers if uses[layer.chain] > 1),
        "Labels": image.labels or None,
        "Containers": -1,
    }


def created(record: Record) -> int:
    """When the image was made, in nanoseconds since 1970; 0 if it does not say."""
    return clock.nanoseconds(str(record.config.get("created") or ""))


def _tests(store: Store, filters: Filters) -> list[Callable[[Summary, bool], bool]]:
    """One test for each filter that is given, except ``reference``, which narrows the names, too."""
    tests: list[Callable[[Summary, bool], bool]] = []
    if filters.get("dangling"):
        wanted = model_filters.boolean(filters, "dangling", False)
        tests.append(lambda _, dangling: dangling == wanted)
    if filters.get("label") or filters.get("label!"):
        tests.append(lambda image, _: model_filters.labels_pass(filters, image.labels))
    for ref in filters.get("before") or ():
        limit = created(resolve.find(store, ref))
        tests.append(lambda image, _, limit=limit: image.created < limit)  # type: ignore[misc]
    for ref in filters.get("since") or ():
        limit = created(resolve.find(store, ref))
        tests.append(lambda image, _, limit=limit: image.created > limit)  # type: ignore[misc]
    for text in filters.get("until") or ():
        limit = until(text, time.time_ns())
        tests.append(lambda image, _, limit=limit: image.created < limit)  # type: ignore[misc]
    return tests


def until(text: str, now: int) -> int:
    """The moment (in nanoseconds) that an ``until`` filter means: a Unix time, an RFC 3339 time, or a duration ago.

    Raises Invalid.
    """
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return int(float(text) * 1e9)
    units = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
    if re.fullmatch(r"(\d+(\.\d+)?(h|ms|us|ns|m|s))+", text):
        parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)", text)
        return now - int(sum(float(n) * units[u] for n, u in parts) * 1e9)
    for tail in ("", "Z", ":00", ":00:00", "T00:00:00"):
        if moment := clock.nanoseconds(text + tail):
            return moment
    raise Invalid(f'failed to parse value as time or duration: "{text}"')


def matches(pattern: str, name: str) -> bool:
    """Whether the familiar ``name`` matches a ``reference`` filter: as a whole, or its repository alone. ``*`` and
    ``?`` do not match a slash."""
    expression = _expression(pattern)
    repo = name.rpartition(":")[0]
    return bool(expression.fullmatch(name) or expression.fullmatch(repo))


@functools.lru_cache(64)
def _expression(pattern: str) -> re.Pattern[str]:
    """Go's path.Match as a regular expression. Raises Invalid for an open bracket."""
    out, at = "", 0
    while at < len(pattern):
        character = pattern[at]
        if character == "*":
            out += "[^/]*"
        elif character == "?":
            out += "[^/]"
        elif character == "[":
            end = pattern.find("]", at + 1)
            inner = pattern[at + 1 : end] if end > at + 1 else ""
            if not inner.lstrip("^") or not re.fullmatch(r"\^?[\w./:-]+", inner, re.ASCII):
                raise Invalid(f"invalid reference filter {pattern!r}")
            out += f"[{inner}]"
            at = end
        elif character == "\\" and at + 1 < len(pattern):
            at += 1
            out += re.escape(pattern[at])
        else:
            out += re.escape(character)
        at += 1
    try:
        return re.compile(out)
    except re.error:
        raise Invalid(f"invalid reference filter {pattern!r}") from None
