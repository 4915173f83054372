"""``docker push``: an image's blobs as they are kept, its config and its manifest, with Docker's progress objects."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from hutch.images import documents, packing
from hutch.images.packing import TAR_GZIP, TAR_ZSTD
from hutch.images.room import Room
from hutch.images.store import Layer, Record, Store
from hutch.images.threads import Sink
from hutch.model import digest, reference
from hutch.model.errors import NotFound

if TYPE_CHECKING:
    from hutch.registry.client import Registry
    from hutch.registry.settings import Settings
    from hutch.registry.upload import Open

Json = dict[str, Any]

_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
_OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
_PACE = 0.1  # seconds between two progress objects of a layer


def push(
    store: Store, settings: Settings, named: reference.Reference, auth: Mapping[str, Any] | None, sink: Sink[Json],
    room: Room,
) -> None:  # fmt: skip
    """Push the image ``named``, or all tags of a repository that is named without one; ``room`` is what all pushes
    share.

    Raises NotFound, Unauthorized, Forbidden, Unavailable.
    """
    from hutch.registry.auth import Credentials
    from hutch.registry.client import connect, first
    from hutch.registry.ping import answering

    sink.put({"status": f"The push refers to repository [{named.name}]"})
    images = wanted(store, named)
    candidates = connect(settings, named.domain, Credentials.of(auth), pulling=False)
    try:
        registry = first(candidates, answering)
        for tag, record in images:
            _Push(store, settings, registry, named, sink, room).image(tag, record)
    finally:
        for candidate in candidates:
            candidate.close()


def wanted(store: Store, named: reference.Reference) -> list[tuple[str, Record]]:
    """(tag, image) of what is to be pushed. Raises NotFound in dockerd's words."""
    here = [(tag, image) for repo, tag, image in store.tags() if repo == named.name]
    if not here:
        raise NotFound(f"An image does not exist locally with the tag: {named.familiar_name}")
    chosen = [(tag, store.image(image)) for tag, image in here if named.tag in (None, tag)]
    if not chosen:
        raise NotFound(f"tag does not exist: {named.familiar}")
    return [(tag, record) for tag, record in chosen if record is not None]


def manifest(record: Record, stack: list[Layer]) -> tuple[bytes, str]:
    """The manifest of an image and its media type: Docker's form, unless a layer is zstd, which only OCI's knows."""
    oci = any(layer.media_type == TAR_ZSTD for layer in stack)
    media_type = documents.MANIFEST[0 if oci else 1]
    value = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": {"mediaType": _OCI_CONFIG if oci else _DOCKER_CONFIG, "size": len(record.raw), "digest": record.id},
        "layers": [
            {
                "mediaType": layer.media_type if oci or layer.media_type != TAR_GZIP else _DOCKER_LAYER,
                "size": layer.blob_size,
                "digest": layer.blob,
            }
            for layer in stack
        ],
    }
    return documents.dump(value), media_type


class _Push:
    """One image on its way to one repository."""

    def __init__(
        self, store: Store, settings: Settings, registry: Registry, named: reference.Reference, sink: Sink[Json],
        room: Room,
    ) -> None:  # fmt: skip
        self._store, self._settings, self._registry = store, settings, registry
        self._named, self._sink, self._room = named, sink, room

    def image(self, tag: str, record: Record) -> None:
        """Send what the registry lacks, the manifest last; record under which digest the registry has it."""
        from hutch.registry import manifests

        store, path = self._store, self._named.path
        stack = store.layers(record.top)
        with store.pinned([layer.chain for layer in stack]):
            for layer in reversed(stack):
                self._say("Preparing", layer)
            for layer in list(reversed(stack))[self._settings.uploads :]:
                self._say("Waiting", layer)
            with ThreadPoolExecutor(self._settings.uploads, "pack") as pool:
                stack = list(pool.map(partial(packing.pack, store), stack))
            self._layers(stack)
            self._config(record)
            raw, media_type = manifest(record, stack)
            manifests.put(self._registry, path, tag, raw, media_type)
            content = digest.sha256(raw)
            store.pin(record.id, self._named.name, content)
        self._sink.put({"status": f"{tag}: digest: {content} size: {len(raw)}"})
        self._sink.put({"progressDetail": {}, "aux": {"Tag": tag, "Digest": content, "Size": len(raw)}})

    def _say(self, status: str, layer: Layer) -> None:
        self._sink.put({"status": status, "progressDetail": {}, "id": digest.short(layer.diff_id)})

    def _layers(self, stack: list[Layer]) -> None:
        """Several layers at a time; each blob once, though images may have one twice."""
        sources = mounts(self._store, self._named)
        groups: dict[str, list[Layer]] = {}
        for layer in reversed(stack):
            groups.setdefault(layer.blob, []).append(layer)
        with ThreadPoolExecutor(self._settings.uploads, "upload") as pool:
            work = [pool.submit(self._layer, same, sources.get(blob, "")) for blob, same in groups.items()]
            try:
                for one in work:
                    one.result()
            finally:
                for one in work:
                    one.cancel()

    def _layer(self, same: list[Layer], source: str) -> None:
        layer = same[0]
        last, told = [0.0], [0]

        def seen(count: int) -> None:
            self._sink.check()
            now = time.monotonic()
            if count != told[0] and (now - last[0] >= _PACE or count == layer.blob_size):
                last[0], told[0] = now, count
                detail = {"current": count, "total": layer.blob_size}
                self._sink.offer({"status": "Pushing", "progressDetail": detail, "id": digest.short(layer.diff_id)})

        from hutch.registry.upload import opener

        path = self._store.blobs.path(layer.blob)
        with self._room.place(self._sink.check):
            result = self._blob(layer.blob, layer.blob_size, opener(path), source, seen)
        for one in {one.diff_id: one for one in same}.values():
            self._say(result, one)

    def _config(self, record: Record) -> None:
        import io

        self._blob(record.id, len(record.raw), lambda at: io.BytesIO(record.raw[at:]), "", lambda _: self._sink.check())

    def _blob(self, name: str, size: int, opened: Open, source: str, seen: Callable[[int], None]) -> str:
        """Bring one blob there; how, in Docker's words."""
        from hutch.registry import retry, upload
        from hutch.registry.client import Busy
        from hutch.registry.transport import Unreachable

        registry, path = self._registry, self._named.path
        under_way: upload.Upload | None = None
        failures = 0
        while True:
            self._sink.check()
            before = under_way.sent if under_way else 0
            try:
                if under_way is None:
                    if upload.exists(registry, path, name):
                        return "Layer already exists"
                    location = ""
                    if source:
                        mounted, location = upload.mount(registry, path, name, source)
                        if mounted:
                            return f"Mounted from {source}"
                    location = location or upload.begin(registry, path)
                    under_way = upload.Upload(registry, path, name, location, opened, size, seen)
                under_way.run()
                return "Pushed"
            except (Busy, Unreachable, upload.Lost) as error:
                failures = 1 if under_way and under_way.sent > before else failures + 1
                if failures >= self._settings.attempts:
                    raise
                wait = retry.delay(failures, getattr(error, "after", ""))
                if isinstance(error, upload.Lost) or size <= upload.PIECE:
                    under_way = None
            self._wait(wait)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._sink.check()
            time.sleep(min(left, 0.2))


def mounts(store: Store, named: reference.Reference) -> dict[str, str]:
    """Blob -> another repository of the same registry that is known to have it."""
    found: dict[str, str] = {}
    for repo, _, image in store.digests():
        other = reference.parse(repo)
        record = store.image(image)
        if other.domain == named.domain and other.path != named.path and record is not None:
            for layer in store.layers(record.top):
                found.setdefault(layer.blob, other.path)
    return found
