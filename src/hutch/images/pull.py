"""``docker pull``: from a name to an image, with Docker's progress objects."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from hutch.images import documents, layers
from hutch.images.downloads import Download, Downloads, link
from hutch.images.store import Store
from hutch.images.threads import Sink
from hutch.model import digest, platform, reference
from hutch.model.errors import Forbidden, Invalid, NotFound, System, Unauthorized

if TYPE_CHECKING:
    from hutch.model.platform import Platform
    from hutch.registry.client import Registry
    from hutch.registry.manifests import Fetched
    from hutch.registry.settings import Settings

Json = dict[str, Any]

_NESTED = 4
_ENTRIES = 1000
_CONFIG = 8 << 20
_PACE = 0.1  # seconds between two progress objects of a layer
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


class Pulls:
    """Pulls into one store."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._downloads = Downloads(store.blobs.part, settings.downloads)
        self._registering: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def take(self, settings: Settings) -> None:
        """Speak to registries by these settings from now on."""
        self._settings = settings
        self._downloads.room.resize(settings.downloads)

    def pull(
        self, named: reference.Reference, wanted: Platform | None, auth: Mapping[str, Any] | None, sink: Sink[Json]
    ) -> list[tuple[str, str]]:
        """Pull ``named``, or all tags if it has neither tag nor digest; (image id, familiar name) of what was pulled.

        Raises NotFound, Unauthorized, Invalid, Unavailable.
        """
        from hutch.registry.auth import Credentials
        from hutch.registry.client import connect

        candidates = connect(self._settings, named.domain, Credentials.of(auth), named.path)
        try:
            return self._all(candidates, named, wanted, sink)
        finally:
            for candidate in candidates:
                candidate.close()

    def _all(
        self, candidates: list[Registry], named: reference.Reference, wanted: Platform | None, sink: Sink[Json]
    ) -> list[tuple[str, str]]:
        single = named.tag or named.digest
        results, changed = [], False
        for one in [named] if single else self._tags(candidates, named):
            done, fresh = self._one(candidates, one, wanted, sink)
            changed |= fresh
            results.append((done, one.familiar))
        self._status(named.familiar, changed, sink)
        return results

    @staticmethod
    def _status(name: str, fresh: bool, sink: Sink[Json]) -> None:
        sink.put({"status": f"Status: {'Downloaded newer image' if fresh else 'Image is up to date'} for {name}"})

    def _tags(self, candidates: list[Registry], named: reference.Reference) -> list[reference.Reference]:
        from hutch.registry import client, manifests

        with _denials(named):
            names = client.first(candidates, lambda r, n: manifests.tags(r, named.path, attempts=n))
        return [named.with_tag(tag) for tag in names]

    def _one(
        self, candidates: list[Registry], named: reference.Reference, wanted: Platform | None, sink: Sink[Json]
    ) -> tuple[str, bool]:
        from hutch.registry import client, manifests

        name = named.digest or str(named.tag)
        serving: list[Registry] = []

        def ask(registry: Registry, attempts: int) -> Fetched:
            serving[:] = [registry]
            return manifests.get(registry, named.path, name, attempts=attempts)

        try:
            with _denials(named):
                top = client.first(candidates, ask)
        except NotFound as error:
            raise NotFound(f"manifest for {named.familiar} {error.message.removeprefix('manifest ')}") from None
        registry = serving[0]
        sink.put({"status": f"Pulling from {named.path}", "id": name})
        found = resolve(registry, named, top, wanted)
        identifier, fresh = self._image(registry, named, found, sink)
        sink.put({"status": f"Digest: {found.digest}"})
        return identifier, fresh

    def _image(
        self, registry: Registry, named: reference.Reference, found: Found, sink: Sink[Json]
    ) -> tuple[str, bool]:
        """Fetch and register what is missing, then the image; (its id, whether its name led elsewhere before)."""
        store = self._store
        chains = digest.chain_ids(found.diff_ids)
        before = store.by_name(named.name, named.tag, named.digest)
        with ExitStack() as stack:
            stack.enter_context(store.pinned(chains))
            have = 0
            while have < len(chains) and self._has(chains[have]):
                sink.put(_step("Already exists", found.stack[have]["digest"]))
                have += 1
            for item in found.stack[have:]:
                sink.put(_step("Pulling fs layer", item["digest"]))
            downloads = []
            for number in range(have, len(chains)):
                item = found.stack[number]
                if number - have >= self._settings.downloads:
                    sink.put(_step("Waiting", item["digest"]))
                downloads.append(self._begin(registry, named, item, sink, stack))
            for number, download in enumerate(downloads, have):
                parent = chains[number - 1] if number else None
                self._layer(found.stack[number], parent, found.diff_ids[number], chains[number], download, sink)
            names = [(named.name, named.tag)] if named.tag and not named.digest else []
            pinned = (named.name, found.digest)
            identifier = store.add_image(found.config, chains[-1] if chains else None, names, pinned=pinned)
        return identifier, before != identifier

    def _has(self, chain: str) -> bool:
        return self._store.layer(chain) is not None and self._store.driver.exists(chain)

    def _begin(
        self, registry: Registry, named: reference.Reference, item: Json, sink: Sink[Json], stack: ExitStack
    ) -> Download | None:
        """Begin to fetch a layer's blob; None if the store has it (as another image's layer)."""
        from hutch.registry.download import Blob

        name, size = item["digest"], item["size"]
        if self._store.blobs.has(name):
            return None

        def fetch(path: str, seen: Any, wait: Any) -> None:
            attempts = self._settings.attempts
            Blob(registry, named.path, name, size, path, seen=seen, wait=wait, attempts=attempts).fetch()

        told = _Teller(sink, name, size)
        return stack.enter_context(self._downloads.wanted(name, fetch, told.hear))

    def _layer(
        self, item: Json, parent: str | None, diff_id: str, chain: str, download: Download | None, sink: Sink[Json]
    ) -> None:
        """Wait for a layer's blob and make it a layer, unless another pull has done so meanwhile."""
        blobs, name = self._store.blobs, item["digest"]
        source = blobs.path(name) if download is None else download.wait(sink.check)
        told = _Teller(sink, name, item["size"])
        with self._alone(chain, sink):
            if not self._has(chain):
                path = link(source, blobs.new_file())
                layers.register(self._store, path, parent, diff_id, seen=told.extracting)
        sink.put(_step("Pull complete", name))

    @contextmanager
    def _alone(self, chain: str, sink: Sink[Json]) -> Iterator[None]:
        """Be the only pull that registers this layer."""
        with self._lock:
            lock = self._registering.setdefault(chain, threading.Lock())
        while not lock.acquire(timeout=0.2):
            sink.check()
        try:
            yield
        finally:
            lock.release()
            with self._lock:
                if not lock.locked():
                    self._registering.pop(chain, None)


class _Teller:
    """Turns what a download and an extraction tell into progress objects, not more than ten a second."""

    def __init__(self, sink: Sink[Json], name: str, size: int) -> None:
        self._sink, self._name, self._size = sink, name, size
        self._last = 0.0

    def hear(self, what: str, number: int) -> None:
        if what == "Downloading":
            self._paced(what, number)
        elif what == "Retrying":
            plural = "" if number == 1 else "s"
            self._sink.offer(_step(f"Retrying in {number} second{plural}", self._name))
        else:
            text = {"Verifying": "Verifying Checksum", "Complete": "Download complete"}[what]
            self._sink.offer(_step(text, self._name))

    def extracting(self, count: int) -> None:
        self._sink.check()
        self._paced("Extracting", count)

    def _paced(self, status: str, count: int) -> None:
        now = time.monotonic()
        if now - self._last >= _PACE or count == self._size:
            self._last = now
            detail = {"current": count, "total": self._size}
            self._sink.offer({"status": status, "progressDetail": detail, "id": digest.short(self._name)})


def _step(status: str, name: str) -> Json:
    return {"status": status, "progressDetail": {}, "id": digest.short(name)}


@contextmanager
def _denials(named: reference.Reference) -> Iterator[None]:
    """A refusal becomes what dockerd says: a registry does not tell a repository that is hidden from one that is not
    there."""
    try:
        yield
    except (Unauthorized, Forbidden) as error:
        if "denied" not in error.message:
            # Not as 401: Docker's command would ask for a password then, on a terminal or not.
            raise System(error.message) from None
        raise NotFound(
            f"pull access denied for {named.familiar_name}, repository does not exist or may require "
            f"'docker login': {error.message}"
        ) from None


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
            f"image with reference {named.familiar} was found but does not provide the specified platform ({wanted}); "
            f"it is for {actual}"
        )
