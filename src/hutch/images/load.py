"""``docker load``: images from a docker-archive or an OCI layout, gzipped, zstd or plain, several at once."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from typing import Any, NamedTuple

from hutch.images import documents, layers, resolve
from hutch.images.allowance import allowed
from hutch.images.archive import Archive, Spooled
from hutch.images.layers import Unpacked
from hutch.images.sources import File
from hutch.images.stacking import Check, Unwanted, build
from hutch.images.store import Store
from hutch.images.tar.extract import Lowers
from hutch.linux.failpoint import failpoint
from hutch.model import digest, platform, reference
from hutch.model.errors import Invalid, NotFound
from hutch.model.limits import DEFAULT, Limits
from hutch.model.platform import Platform

Json = dict[str, Any]

_NESTED = 4  # indexes inside indexes
_IMAGES = 1000
_STEP = 8 << 20  # bytes of a layer between two progress objects


class Found(NamedTuple):
    """An image of the archive, before anything of it is believed."""

    raw: bytes
    layers: list[Spooled]
    names: list[reference.Reference]


def load(
    store: Store,
    read: Callable[[int], bytes],
    *,
    quiet: bool = False,
    wanted: Sequence[Platform] = (),
    limits: Limits = DEFAULT,
) -> Iterator[Json]:
    """Load every image of the archive that ``read`` gives, or those for a platform of ``wanted``; Docker's progress
    objects.

    Raises Invalid for an archive that is broken or hostile: images before the bad one are there then, complete.
    """
    with closing(Archive(store.blobs.new_file, allowed(store.data_root, limits))) as archive:
        archive.spool(read)
        failpoint("images.load.spooled")
        for found in _for_platforms(images(archive, wanted), wanted):
            yield from _image(store, found, quiet, limits)


def _for_platforms(found: list[Found], wanted: Sequence[Platform]) -> list[Found]:
    if not wanted:
        return found
    result = []
    for image in found:
        config = documents.check_config(documents.parse_object(image.raw, "image config"))
        with suppress(NotFound):
            resolve.check_platform(config, "", wanted)
            result.append(image)
    if found and not result:
        raise NotFound(f"no image in the archive is for the platform {', '.join(str(one) for one in wanted)}")
    return result


def images(archive: Archive, wanted: Sequence[Platform] = ()) -> list[Found]:
    """The images of the archive. manifest.json counts first: what ``docker save`` writes has both forms, and only
    it has all names. Raises Invalid."""
    if archive.has("manifest.json"):
        return docker_archive(archive)
    if archive.has("index.json"):
        return oci_layout(archive, wanted)
    raise Invalid("not an image archive: it has no manifest.json and no index.json",
                  hint="for a plain root file system use import")  # fmt: skip


def docker_archive(archive: Archive) -> list[Found]:
    """The images that manifest.json lists."""
    listed = documents.parse(archive.read("manifest.json"), "manifest.json")
    if not isinstance(listed, list) or len(listed) > _IMAGES:
        raise Invalid(f"manifest.json is not a list of at most {_IMAGES} images")
    result = []
    for item in listed:
        if not isinstance(item, dict) or not isinstance(item.get("Config"), str):
            raise Invalid("manifest.json has an image without Config")
        names, stack = item.get("RepoTags") or [], item.get("Layers") or []
        for value in (names, stack):
            if not isinstance(value, list) or not all(isinstance(v, str) for v in value) or len(value) > _IMAGES:
                raise Invalid("manifest.json has an image with malformed RepoTags or Layers")
        refs = [reference.parse_tagged(name) for name in names]
        if any(ref.digest for ref in refs):
            raise Invalid("manifest.json names an image by digest")
        result.append(Found(archive.read(item["Config"]), [archive.file(name) for name in stack], refs))
    return result


def oci_layout(archive: Archive, wanted: Sequence[Platform] = ()) -> list[Found]:
    """The images of the platforms ``wanted``, or this machine's, that index.json leads to; others only if there is
    nothing else."""
    if archive.has("oci-layout"):
        layout = documents.parse_object(archive.read("oci-layout"), "oci-layout")
        if str(layout.get("imageLayoutVersion", "")).partition(".")[0] != "1":
            raise Invalid("unsupported OCI image layout version")
    index = documents.parse_manifest(archive.read("index.json"), "")
    result: list[Found] = []
    for item in documents.descriptors(index.get("manifests"), "index.json", _IMAGES):
        if not _is_attestation(item):
            result += _descriptor(archive, item, _names(item), 0, wanted)
    return result


def _is_attestation(item: Json) -> bool:
    """Whether an entry of an index is what BuildKit says about an image, and no image."""
    where, notes = item.get("platform") or {}, item.get("annotations") or {}
    if not isinstance(where, dict) or not isinstance(notes, dict):
        raise Invalid("index has a malformed platform or malformed annotations")
    return where.get("os") == "unknown" or notes.get("vnd.docker.reference.type") == "attestation-manifest"


def _names(descriptor: Json) -> list[reference.Reference]:
    """The name that an entry of index.json carries: the full one, or a tag alone, which names no repository."""
    notes = descriptor.get("annotations") or {}
    if not isinstance(notes, dict):
        raise Invalid("index.json has malformed annotations")
    full = notes.get("io.containerd.image.name") or notes.get("org.opencontainers.image.ref.name") or ""
    if not isinstance(full, str) or not any(mark in full for mark in (":", "/")):
        return []
    named = reference.parse_tagged(full)
    return [] if named.digest else [named]


def _descriptor(
    archive: Archive, item: Json, names: list[reference.Reference], depth: int, wanted: Sequence[Platform]
) -> list[Found]:
    """The images that one descriptor stands for: a manifest's one, or an index's for this platform."""
    if depth > _NESTED:
        raise Invalid("indexes are nested too deeply")
    spooled = archive.blob(item["digest"], item.get("size"))
    content = archive.read(f"blobs/{item['digest'].replace(':', '/')}")
    manifest = documents.parse_manifest(content, str(item.get("mediaType") or ""))
    if "manifests" in manifest:
        inner = documents.descriptors(manifest["manifests"], "index", _IMAGES)
        return _descriptor(archive, choose(inner, wanted), names, depth + 1, wanted)
    config = documents.descriptors([manifest.get("config")], "manifest")[0]
    stack = documents.descriptors(manifest.get("layers"), "manifest")
    archive.blob(config["digest"], config.get("size"))
    raw = archive.read(f"blobs/{config['digest'].replace(':', '/')}")
    del spooled
    return [Found(raw, [archive.blob(layer["digest"], layer.get("size")) for layer in stack], names)]


def choose(manifests: list[Json], wanted: Sequence[Platform] = ()) -> Json:
    """The entry of an index for one of the platforms, or this machine. Raises Invalid."""
    host = platform.host()
    accepted = wanted or [host]
    images = []
    for item in manifests:
        if _is_attestation(item):
            continue
        where = item.get("platform") or {}
        named = platform.Platform(
            str(where.get("os", "linux")), str(where.get("architecture", host.architecture)),
            str(where.get("variant") or ""),
        )  # fmt: skip
        if any(one.accepts(named) for one in accepted):
            return item
        images.append(item)
    if len(images) == 1:
        return images[0]
    raise Invalid(f"index has no image for {', '.join(str(one) for one in accepted)}")


def _image(store: Store, found: Found, quiet: bool, limits: Limits) -> Iterator[Json]:
    """Register one image's layers from the lowest, then the image; its chain ids are pinned meanwhile."""
    config = documents.check_config(documents.parse_object(found.raw, "image config", limits))
    diff_ids = documents.diff_ids(config)
    if len(diff_ids) != len(found.layers):
        raise Invalid(f"invalid manifest, layers length mismatch: expected {len(diff_ids)}, got {len(found.layers)}")
    chains = digest.chain_ids(diff_ids)
    identifier = digest.sha256(found.raw)
    with ExitStack() as pins:
        pins.enter_context(store.pinned(chains))
        yield from _layers(store, list(zip(diff_ids, found.layers, strict=True)), chains, quiet, limits)
        names = [(ref.name, str(ref.tag)) for ref in found.names]
        store.add_image(found.raw, chains[-1] if chains else None, names)
    for ref in found.names:
        yield {"stream": f"Loaded image: {ref.familiar}\n"}
    if not found.names:
        yield {"stream": f"Loaded image ID: {identifier}\n"}


def _layers(
    store: Store, sources: list[tuple[str, Spooled]], chains: list[str], quiet: bool, limits: Limits
) -> Iterator[Json]:
    """Make the layers, (diff id, file) each, in other threads; their progress objects while that goes on."""
    steps: queue.SimpleQueue[Json | None] = queue.SimpleQueue()
    unwanted = threading.Event()

    def tell(number: int, count: int) -> None:
        if not quiet:
            steps.put(progress(sources[number][0], count, sources[number][1].size))

    def make(number: int, parent: str | None, below: Lowers | None, check: Check) -> Unpacked | None:
        if store.complete(chains[number]):
            return None
        tell(number, 0)
        source = _source(store, sources[number][1], unwanted, check, lambda count: tell(number, count))
        return layers.unpack(store, source, parent, sources[number][0], limits=limits, below=below)

    have = 0
    while have < len(chains) and store.complete(chains[have]):
        have += 1
    with ThreadPoolExecutor(1, "stack") as pool:
        work = pool.submit(build, store, chains, have, make, lambda number: tell(number, sources[number][1].size))
        work.add_done_callback(lambda _: steps.put(None))
        try:
            while (step := steps.get()) is not None:
                yield step
            work.result()
        finally:
            unwanted.set()


def _source(
    store: Store, spooled: Spooled, unwanted: threading.Event, check: Check, tell: Callable[[int], None]
) -> File:
    """A layer's file under a further name, as two images of the archive may share it; ``tell`` is told the bytes read,
    every few megabytes."""
    if not os.path.exists(spooled.path):
        raise Invalid("a layer of the archive is gone")
    last = 0

    def seen(count: int) -> None:
        nonlocal last
        check()
        if unwanted.is_set():
            raise Unwanted
        if count // _STEP > last:
            last = count // _STEP
            tell(count)

    path = store.blobs.new_file()
    os.link(spooled.path, path)
    return File(path, seen)


def progress(diff_id: str, current: int, total: int) -> Json:
    """A progress object for a layer, as Docker's clients draw it."""
    return {
        "status": "Loading layer",
        "progressDetail": {"current": current, "total": total},
        "id": digest.short(diff_id),
    }
