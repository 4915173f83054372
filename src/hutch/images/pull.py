"""``docker pull``: from a name to an image, with Docker's progress objects."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from hutch.images import explain, layers, remote
from hutch.images.downloads import Download, Downloads, link
from hutch.images.explain import Explanation
from hutch.images.layers import Unpacked
from hutch.images.room import Room
from hutch.images.sources import File
from hutch.images.stacking import Check, build
from hutch.images.store import Store
from hutch.images.stream import Restarted, Stream
from hutch.images.tar.extract import Lowers
from hutch.images.threads import Sink
from hutch.model import digest, reference
from hutch.model.errors import Forbidden, Invalid, NotFound, System, Unauthorized, Unavailable

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
        self.store, self.settings = store, settings
        self.downloads = Downloads(store.blobs.part, settings.downloads, store.blobs.has)
        self._registering: dict[str, tuple[Room, int]] = {}  # chain id -> room for one, who wants it
        self._lock = threading.Lock()

    def take(self, settings: Settings) -> None:
        """Speak to registries by these settings from now on."""
        self.settings = settings
        self.downloads.room.resize(settings.downloads)

    def pull(
        self, named: reference.Reference, wanted: Platform | None, auth: Mapping[str, Any] | None, sink: Sink[Json],
        *, insecure: bool = False, explained: bool = False,
    ) -> list[tuple[str, str]]:  # fmt: skip
        """Pull ``named``, or all tags if it has neither tag nor digest; (image id, familiar name) of what was pulled.

        ``insecure`` lets the registry be one without a trusted certificate, ``explained`` has it told which server
        gave what.

        Raises NotFound, Unauthorized, Invalid, Unavailable.
        """
        from hutch.registry.auth import Credentials
        from hutch.registry.client import connect
        from hutch.registry.settings import trusting

        settings = trusting(self.settings, named.domain, insecure)
        candidates = connect(settings, named.domain, Credentials.of(auth), named.path)
        try:
            return self._all(candidates, named, wanted, sink, Explanation(sink if explained else None))
        finally:
            for candidate in candidates:
                candidate.close()

    def _all(
        self, candidates: list[Registry], named: reference.Reference, wanted: Platform | None, sink: Sink[Json],
        told: Explanation,
    ) -> list[tuple[str, str]]:  # fmt: skip
        single = named.tag or named.digest
        results, changed = [], False
        for one in [named] if single else self._tags(candidates, named):
            done, fresh = self._one(candidates, one, wanted, sink, told)
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
        self, candidates: list[Registry], named: reference.Reference, wanted: Platform | None, sink: Sink[Json],
        told: Explanation,
    ) -> tuple[str, bool]:  # fmt: skip
        from hutch.registry import client, manifests

        name = named.digest or str(named.tag)
        serving: list[Registry] = []

        def ask(registry: Registry, attempts: int) -> Fetched:
            serving[:] = [registry]
            return manifests.get(registry, named.path, name, attempts=attempts)

        try:
            with _denials(named):
                top = client.first(candidates, ask, told.failed)
        except NotFound as error:
            shown = f"{named.familiar_name}@{named.digest}" if named.digest else named.familiar
            raise NotFound(f"manifest for {shown} {error.message.removeprefix('manifest ')}", hint=error.hint) from None
        sink.put({"status": f"Pulling from {named.path}", "id": name})
        told.gave("manifest", top.digest, serving[0].endpoint)
        found = remote.resolve(serving[0], named, top, wanted)
        told.gave("config", digest.sha256(found.config), serving[0].endpoint)
        ready = candidates[candidates.index(serving[0]) :]
        image = _Image(self, ready, named, found, sink)
        identifier, fresh = image.bring()
        for number, item in enumerate(found.stack):
            told.layer(item["digest"], image.served.get(number))
        sink.put({"status": f"Digest: {found.digest}"})
        return identifier, fresh

    @contextmanager
    def alone(self, chain: str, check: Callable[[], None]) -> Iterator[None]:
        """Be the only pull that registers this layer."""
        with self._lock:
            room, users = self._registering.get(chain) or (Room(1), 0)
            self._registering[chain] = room, users + 1
        try:
            with room.place(check):
                yield
        finally:
            with self._lock:
                users = self._registering[chain][1] - 1
                if users:
                    self._registering[chain] = room, users
                else:
                    del self._registering[chain]


class _Image:
    """One image on its way here."""

    def __init__(
        self, pulls: Pulls, registries: list[Registry], named: reference.Reference, found: remote.Found,
        sink: Sink[Json],
    ) -> None:  # fmt: skip
        self._pulls, self._store, self._sink = pulls, pulls.store, sink
        self._registries, self._named, self._found = registries, named, found
        self._chains = digest.chain_ids(found.diff_ids)
        self.served: dict[int, list[str]] = {}
        """By number of a layer that was not here: the servers that sent of it, in order."""

        names = [item["digest"] for item in found.stack]
        # An image may have a blob twice: its progress is told once.
        self._tellers = [
            _Teller(sink if names.index(name) == number else None, name, found.stack[number]["size"])
            for number, name in enumerate(names)
        ]

    def bring(self) -> tuple[str, bool]:
        """Fetch and register what is missing, then the image; (its id, whether its name led elsewhere before)."""
        store, named, chains = self._store, self._named, self._chains
        before = store.by_name(named.name, named.tag, named.digest)
        with ExitStack() as stack:
            stack.enter_context(store.pinned(chains))
            have = 0
            while have < len(chains) and self._has(chains[have]):
                have += 1
            if have < len(chains) or store.image(digest.sha256(self._found.config)) is None:
                for number, teller in enumerate(self._tellers):
                    teller.say("Already exists" if number < have else "Pulling fs layer")
            downloads: dict[int, Download | None] = {}
            for number in range(have, len(chains)):
                if number - have >= self._pulls.settings.downloads:
                    self._tellers[number].say("Waiting")
                downloads[number] = self._begin(number, stack)
            build(
                store, chains, have, lambda number, *where: self._layer(number, downloads[number], *where),
                lambda number: self._tellers[number].say("Pull complete"),
            )  # fmt: skip
            names = [(named.name, named.tag)] if named.tag and not named.digest else []
            pinned = (named.name, self._found.digest)
            top = chains[-1] if chains else None
            identifier = store.add_image(self._found.config, top, names, pinned=pinned)
        return identifier, before != identifier

    def _has(self, chain: str) -> bool:
        return self._store.complete(chain)

    def _begin(self, number: int, stack: ExitStack) -> Download | None:
        """Begin to fetch a layer's blob; None if the store has it (as another image's layer)."""
        from hutch.registry.download import Blob, Place, places

        item = self._found.stack[number]
        name, size = item["digest"], item["size"]
        if self._store.blobs.has(name):
            return None
        where = places(self._registries, self._named.path, name, remote.urls(item))
        attempts = self._pulls.settings.attempts
        servers = self.served.setdefault(number, [])

        def served(place: Place) -> None:
            server = explain.where(place.registry.endpoint) if "://" not in place.path else place.path
            if servers[-1:] != [server]:
                servers.append(server)

        def fetch(path: str, seen: Any, wait: Any) -> None:
            Blob(where, name, size, path, seen=seen, wait=wait, served=served, attempts=attempts).fetch()

        return stack.enter_context(self._pulls.downloads.wanted(name, fetch, self._tellers[number].hear))

    def _layer(
        self, number: int, download: Download | None, parent: str | None, below: Lowers | None, wanted: Check
    ) -> Unpacked | None:
        """Unpack a blob while it comes, unless another pull has made the layer meanwhile; no other one does, then,
        before this has become visible."""

        def check() -> None:
            self._sink.check()
            wanted()

        with ExitStack() as alone:
            alone.enter_context(self._pulls.alone(self._chains[number], check))
            if self._has(self._chains[number]):
                return None
            unpacked = self._unpack(number, download, parent, below, check)
            unpacked.undo.callback(alone.pop_all().close)
        return unpacked

    def _unpack(
        self, number: int, download: Download | None, parent: str | None, below: Lowers | None, check: Check
    ) -> Unpacked:
        store, told = self._store, self._tellers[number]
        name, diff_id = self._found.stack[number]["digest"], self._found.diff_ids[number]

        def seen(count: int) -> None:
            check()
            if download is None or download.done.is_set():  # until then the download is what is told of
                told.extracting(count)

        if download is None:
            file = File(link(store.blobs.path(name), store.blobs.new_file()), seen)
            return layers.unpack(store, file, parent, diff_id, below=below)
        while True:
            source = Stream(download, name, check, seen)
            try:
                return layers.unpack(store, source, parent, diff_id, below=below)
            except Restarted:
                continue
            except Invalid:
                # What came may have been wrong: then that is the reason, or it is being fetched again.
                download.wait(check)
                if download.beginnings == source.beginning:
                    raise


class _Teller:
    """Turns what a download and an extraction tell into progress objects, not more than ten a second."""

    def __init__(self, sink: Sink[Json] | None, name: str, size: int) -> None:
        """Without a sink nothing is told."""
        self._sink, self._name, self._size = sink, name, size
        self._last, self._told = 0.0, ("", -1)

    def say(self, status: str) -> None:
        """Tell a step; waits for room."""
        if self._sink is not None:
            self._sink.put(self._step(status))

    def hear(self, what: str, number: int) -> None:
        """See ``downloads.Listener``."""
        if self._sink is None:
            return
        if what == "Downloading":
            self._paced(what, number)
        elif what == "Retrying":
            plural = "" if number == 1 else "s"
            self._sink.offer(self._step(f"Retrying in {number} second{plural}"))
        else:
            text = {"Verifying": "Verifying Checksum", "Complete": "Download complete"}[what]
            self._sink.offer(self._step(text))

    def extracting(self, count: int) -> None:
        """So many compressed bytes were unpacked."""
        if self._sink is not None:
            self._sink.check()
            self._paced("Extracting", count)

    def _paced(self, status: str, count: int) -> None:
        now = time.monotonic()
        if (status, count) != self._told and (now - self._last >= _PACE or count == self._size):
            self._last, self._told = now, (status, count)
            assert self._sink is not None
            detail = {"current": count, "total": self._size}
            self._sink.offer({"status": status, "progressDetail": detail, "id": digest.short(self._name)})

    def _step(self, status: str) -> Json:
        return {"status": status, "progressDetail": {}, "id": digest.short(self._name)}


@contextmanager
def _denials(named: reference.Reference) -> Iterator[None]:
    """A refusal becomes what dockerd says: a registry does not tell a repository that is hidden from one that is not
    there."""
    try:
        yield
    except Unavailable as error:
        raise System(error.message, hint=error.hint) from None  # as dockerd: 500
    except (Unauthorized, Forbidden) as error:
        if "denied" not in error.message:
            # Not as 401: Docker's command would ask for a password then, on a terminal or not.
            raise System(error.message, hint=error.hint) from None
        raise NotFound(
            f"pull access denied for {named.familiar_name}, repository does not exist or may require "
            f"'docker login': {error.message}",
            hint=error.hint,
        ) from None
