"""``docker pull``: from a name to an image, with Docker's progress objects."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from hutch.images import layers, remote
from hutch.images.downloads import Download, Downloads, link
from hutch.images.store import Store
from hutch.images.stream import Restarted, Stream
from hutch.images.threads import Sink
from hutch.model import digest, reference
from hutch.model.errors import Forbidden, Invalid, NotFound, System, Unauthorized

if TYPE_CHECKING:
    from hutch.model.platform import Platform
    from hutch.registry.client import Registry
    from hutch.registry.manifests import Fetched
    from hutch.registry.settings import Settings

Json = dict[str, Any]

_PACE = 0.1  # seconds between two progress objects of a layer


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
        sink.put({"status": f"Pulling from {named.path}", "id": name})
        found = remote.resolve(serving[0], named, top, wanted)
        ready = candidates[candidates.index(serving[0]) :]
        identifier, fresh = self._image(ready, named, found, sink)
        sink.put({"status": f"Digest: {found.digest}"})
        return identifier, fresh

    def _image(
        self, registries: list[Registry], named: reference.Reference, found: remote.Found, sink: Sink[Json]
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
                downloads.append(self._begin(registries, named, item, sink, stack))
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
        self, registries: list[Registry], named: reference.Reference, item: Json, sink: Sink[Json], stack: ExitStack
    ) -> Download | None:
        """Begin to fetch a layer's blob; None if the store has it (as another image's layer)."""
        from hutch.registry.download import Blob, places

        name, size = item["digest"], item["size"]
        if self._store.blobs.has(name):
            return None
        where = places(registries, named.path, name, remote.urls(item))
        attempts = self._settings.attempts

        def fetch(path: str, seen: Any, wait: Any) -> None:
            Blob(where, name, size, path, seen=seen, wait=wait, attempts=attempts).fetch()

        told = _Teller(sink, name, size)
        return stack.enter_context(self._downloads.wanted(name, fetch, told.hear))

    def _layer(
        self, item: Json, parent: str | None, diff_id: str, chain: str, download: Download | None, sink: Sink[Json]
    ) -> None:
        """Make a blob a layer while it comes, unless another pull has done so meanwhile."""
        with self._alone(chain, sink):
            if not self._has(chain):
                self._unpack(item, parent, diff_id, download, sink)
        sink.put(_step("Pull complete", item["digest"]))

    def _unpack(
        self, item: Json, parent: str | None, diff_id: str, download: Download | None, sink: Sink[Json]
    ) -> None:
        store, name = self._store, item["digest"]
        told = _Teller(sink, name, item["size"])
        if download is None:
            path = link(store.blobs.path(name), store.blobs.new_file())
            layers.register(store, path, parent, diff_id, seen=told.extracting)
            return

        def seen(count: int) -> None:
            if download.done.is_set():  # until then the download is what is told of
                told.extracting(count)

        while True:
            source = Stream(download, name, sink.check, seen)
            try:
                layers.register(store, source, parent, diff_id)
                return
            except Restarted:
                continue
            except Invalid:
                # What came may have been wrong: then that is the reason, or it is being fetched again.
                download.wait(sink.check)
                if download.beginnings == source.beginning:
                    raise

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
