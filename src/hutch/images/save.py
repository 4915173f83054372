"""``docker save``: images as an OCI layout that also has manifest.json, the form dockerd writes since 25.

Layers are written uncompressed, exactly the bytes their diff ids were computed from.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from hutch.images import clock, compression, documents, resolve
from hutch.images.packing import TAR
from hutch.images.store import Layer, Record, Store
from hutch.model import digest, reference
from hutch.model.errors import Invalid, NotFound
from hutch.model.limits import Limits
from hutch.model.platform import Platform
from hutch.model.tar import write
from hutch.model.tar.header import REGULAR, Entry

Json = dict[str, Any]

_CONFIG = "application/vnd.oci.image.config.v1+json"
_NO_LIMIT = Limits(size=1 << 60, ratio=1 << 40)  # our own blobs: they were measured when they came


def save(store: Store, refs: Sequence[str], platforms: Sequence[Platform] = ()) -> Iterator[bytes]:
    """The archive with the images ``refs``, in pieces. Raises NotFound before the first piece, also for an image that
    is for none of ``platforms``, if there are any."""
    if not refs:
        raise Invalid("no images to save")
    for ref in refs if platforms else ():
        resolve.for_platform(store, ref, platforms)
    wanted = select(store, refs)
    return _write(store, wanted)


def select(store: Store, refs: Sequence[str]) -> list[tuple[Record, list[reference.Reference]]]:
    """Each image once, with the names it was asked for: all of a repository that is named without a tag, none for an
    image named by its id. Raises NotFound."""
    result: dict[str, tuple[Record, list[reference.Reference]]] = {}
    for ref in refs:
        for record, named in _matching(store, ref):
            names = result.setdefault(record.id, (record, []))[1]
            if named is not None and named not in names:
                names.append(named)
    return list(result.values())


def _matching(store: Store, ref: str) -> list[tuple[Record, reference.Reference | None]]:
    digits = ref.removeprefix("sha256:")
    if not (digest.is_hex(digits) and len(digits) == 64):
        named = reference.parse(ref)
        if named.tag is None and named.digest is None:
            tags = [(tag, store.image(image)) for repo, tag, image in store.tags() if repo == named.name]
            if tags:
                return [(record, named.with_tag(tag)) for tag, record in tags if record is not None]
        elif named.digest is None:
            try:
                return [(resolve.find(store, ref), named)]
            except NotFound:
                # dockerd says it without the tag only where none was given
                raise NotFound(f"No such image: {named.familiar}") from None
    try:
        return [(resolve.find(store, ref), None)]
    except NotFound:
        raise NotFound(f"No such image: {ref}") from None


def _write(store: Store, wanted: list[tuple[Record, list[reference.Reference]]]) -> Iterator[bytes]:
    yield write.folder("blobs")
    yield write.folder("blobs/sha256")
    written: set[str] = set()
    manifests: list[Json] = []
    listed: list[Json] = []
    with store.pinned([record.top for record, _ in wanted if record.top]):
        for record, names in wanted:
            stack = store.layers(record.top)
            made = clock.nanoseconds(str(record.config.get("created") or "")) // 1_000_000_000 * 1_000_000_000
            for layer in stack:
                if layer.diff_id not in written:
                    written.add(layer.diff_id)
                    yield from _layer(store, layer, max(made, 0))
            manifest = documents.dump(_manifest(record, stack))
            for content, mtime in ((record.raw, max(made, 0)), (manifest, 0)):
                if (name := digest.sha256(content)) not in written:
                    written.add(name)
                    yield from write.document(_path(name), content, mtime)
            manifests += _index_entries(manifest, names)
            listed.append(_listed(record, stack, names))
    index = {"schemaVersion": 2, "mediaType": documents.INDEX[0], "manifests": manifests}
    yield from write.document("index.json", documents.dump(index))
    yield from write.document("manifest.json", documents.dump(listed))
    yield from write.document("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
    yield from write.document("repositories", documents.dump(_repositories(store, wanted)))
    yield write.END


def _path(name: str) -> str:
    return "blobs/" + name.replace(":", "/")


def _layer(store: Store, layer: Layer, mtime: int) -> Iterator[bytes]:
    """The uncompressed tar of a layer as a file of the archive."""
    entry = Entry(_path(layer.diff_id).encode(), REGULAR, 0o644, layer.tar_size)
    entry.mtime = mtime
    fd = store.blobs.open(layer.blob)
    try:
        yield write.head(entry)
        chunks = compression.decompress(lambda count: os.read(fd, count), _NO_LIMIT)
        yield from write.exactly(chunks, layer.tar_size, f"blob {layer.blob}")
    finally:
        os.close(fd)


def _manifest(record: Record, stack: list[Layer]) -> Json:
    return {
        "schemaVersion": 2,
        "mediaType": documents.MANIFEST[0],
        "config": {"mediaType": _CONFIG, "digest": record.id, "size": len(record.raw)},
        "layers": [{"mediaType": TAR, "digest": layer.diff_id, "size": layer.tar_size} for layer in stack],
    }


def _index_entries(manifest: bytes, names: list[reference.Reference]) -> list[Json]:
    base: Json = {"mediaType": documents.MANIFEST[0], "digest": digest.sha256(manifest), "size": len(manifest)}
    if not names:
        return [base]
    return [
        {
            **base,
            "annotations": {
                "io.containerd.image.name": str(name),
                "org.opencontainers.image.ref.name": name.tag,
            },
        }
        for name in names
    ]


def _listed(record: Record, stack: list[Layer], names: list[reference.Reference]) -> Json:
    """The image's entry in manifest.json."""
    return {
        "Config": _path(record.id),
        "RepoTags": [name.familiar for name in names] or None,
        "Layers": [_path(layer.diff_id) for layer in stack],
        "LayerSources": {
            layer.diff_id: {"mediaType": TAR, "size": layer.tar_size, "digest": layer.diff_id} for layer in stack
        },
    }


def _repositories(store: Store, wanted: list[tuple[Record, list[reference.Reference]]]) -> Json:
    """The oldest index of names; kept because dockerd still writes it."""
    result: Json = {}
    for record, names in wanted:
        stack = store.layers(record.top)
        for name in names:
            top = stack[-1].diff_id.partition(":")[2] if stack else ""
            result.setdefault(name.familiar_name, {})[str(name.tag)] = top
    return result
