"""Images as the API and the engine use them: one object over the room's verbs (``api/backends.py``, ImagesBackend)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from hutch.images import bootstrap as bootstrap_
from hutch.images import builtin, fetch, lost, manifest_list, resolve, threads
from hutch.images import commit as commit_
from hutch.images import distribution as distribution_
from hutch.images import history as history_
from hutch.images import import_ as imports
from hutch.images import inspect as inspect_
from hutch.images import listing as listing_
from hutch.images import load as load_
from hutch.images import prune as prune_
from hutch.images import push as push_
from hutch.images import remove as remove_
from hutch.images import repair as repair_
from hutch.images import save as save_
from hutch.images import search as search_
from hutch.images import tag as tag_
from hutch.images import usage as usage_
from hutch.images.gc import Keeper, Policy
from hutch.images.packing import Packer
from hutch.images.pull import Pulls
from hutch.images.room import Room
from hutch.images.store import Store
from hutch.model import digest, reference
from hutch.model import platform as platforms
from hutch.model.errors import HutchError, Invalid, NotFound
from hutch.model.image import Image
from hutch.model.platform import Platform
from hutch.registry.settings import Settings
from hutch.storage.driver import StorageDriver

Json = dict[str, Any]
Rows = list[Json]
Filters = Mapping[str, Sequence[str]]
Emit = Callable[[str, str, Mapping[str, str]], None]
"""(action, image id, attributes) of an event: create, tag, untag, delete, load, save, import, pull, push, prune."""


_LOADED = re.compile(r"Loaded image(?: ID)?: (\S+)\n")
_AHEAD = 2  # pieces of a megabyte that a save may be ahead of its reader


def _nobody(_: str) -> list[tuple[str, bool]]:
    return []


def _silent(action: str, identifier: str, attributes: Mapping[str, str]) -> None:
    pass


def _labels(config: Json) -> dict[str, str]:
    """The labels in an image's config, for the attributes of events."""
    settings = config.get("config")
    labels = settings.get("Labels") if isinstance(settings, dict) else None
    return {str(k): str(v) for k, v in labels.items()} if isinstance(labels, dict) else {}


class Images:
    """The images of one data root."""

    def __init__(
        self, data_root: str, driver: StorageDriver, *, in_use: remove_.InUse = _nobody, emit: Emit = _silent,
        registries: Settings | None = None, gc: Policy | None = None,
    ) -> None:  # fmt: skip
        """Open the store. ``in_use`` tells which containers were made from an image, ``emit`` takes events,
        ``registries`` says how registries are spoken to."""
        self.emit = emit
        self.store = Store(data_root, driver)
        lost.settle(self.store)
        self.packer = Packer(self.store)
        self.packer.wake()
        self.keeper = Keeper(self.store, self.store.data_root, gc or Policy(), in_use, self._deleted)
        self.keeper.start()
        self.registries = registries or Settings()
        self.pulls = Pulls(self.store, self.registries)
        self.uploads = Room(self.registries.uploads)
        self.in_use = in_use

    def _told(self, action: str, identifier: str, name: str = "") -> None:
        """Tell of an event of an image that is there; its labels are among the attributes."""
        try:
            labels = _labels(resolve.find(self.store, identifier).config)
        except HutchError:  # gone meanwhile
            labels = {}
        self.emit(action, identifier, {**labels, "name": name or identifier})

    def _deleted(self, identifier: str) -> None:
        self.emit("delete", identifier, {"name": identifier})

    def take(self, registries: Settings) -> None:
        """Speak to registries by these settings from now on; what is under way goes on as it began."""
        self.registries = registries
        self.pulls.take(registries)
        self.uploads.resize(registries.uploads)

    def resolve(self, ref: str) -> Image:
        """The image that ``ref`` means; a built-in one is made when it is first asked for. Raises NotFound."""
        try:
            record = resolve.find(self.store, ref)
        except NotFound:
            named = self._builtin(ref)
            if named is None:
                raise
            builtin.create(self.store, named)
            record = resolve.find(self.store, ref)
        self.keeper.used(record.id)
        return resolve.value(self.store, record)

    @staticmethod
    def _builtin(ref: str) -> reference.Reference | None:
        if len(ref.removeprefix("sha256:")) == 64:
            return None
        named = reference.parse_tagged(ref)
        return named if builtin.is_builtin(named) else None

    def list(
        self, *, everything: bool = False, filters: Filters | None = None, shared_size: bool = False,
        digests: bool = False,  # noqa: ARG002 - they are always there, what to show is the client's matter
        manifests: bool = False,
    ) -> list[Json]:  # fmt: skip
        """See ImagesBackend."""

        def used(image: str) -> Sequence[str]:
            return [container for container, _ in self.in_use(image)]

        return listing_.listing(
            self.store, everything=everything, filters=filters or {}, shared_size=shared_size,
            used=used if manifests else None,
        )  # fmt: skip

    def inspect(self, ref: str, wanted: Sequence[Platform] = ()) -> Json:
        """See ImagesBackend."""
        return inspect_.inspect(self.store, ref, wanted)

    def history(self, ref: str, wanted: Sequence[Platform] = ()) -> Sequence[Json]:
        """See ImagesBackend."""
        return history_.history(self.store, ref, wanted)

    async def tag(self, ref: str, repo: str, tag: str) -> None:
        """See ImagesBackend."""
        name = await asyncio.to_thread(tag_.tag, self.store, ref, repo, tag)
        self._told("tag", resolve.find(self.store, name).id, name)

    async def remove(
        self, ref: str, *, force: bool = False, prune: bool = True, wanted: Sequence[Platform] = ()
    ) -> Sequence[Json]:
        """See ImagesBackend."""
        found = resolve.for_platform(self.store, ref, wanted)
        identifier, labels = found.id, _labels(found.config)
        done = await asyncio.to_thread(remove_.remove, self.store, ref, self.in_use, force=force, prune=prune)
        for item in done:
            if "Untagged" in item:
                self.emit("untag", identifier, {**labels, "name": identifier})
            elif item["Deleted"] == identifier:
                self._deleted(identifier)
        return done

    def load(
        self, body: threads.ByteStream, *, quiet: bool = False, wanted: Sequence[Platform] = ()
    ) -> AsyncIterator[Json]:
        """See ImagesBackend."""
        read = threads.BodyReader(body)
        return threads.iterate(self._packed_later(self._load(read, quiet, wanted), read))

    def _load(self, read: threads.BodyReader, quiet: bool, wanted: Sequence[Platform]) -> Iterator[Json]:
        told: set[str] = set()
        for step in load_.load(self.store, read, quiet=quiet, wanted=wanted):
            yield step
            loaded = _LOADED.match(str(step.get("stream") or ""))
            identifier = resolve.find(self.store, loaded[1]).id if loaded else ""
            if identifier and identifier not in told:  # an image is loaded once, whatever names it has
                told.add(identifier)
                self._told("load", identifier)

    def save(self, refs: Sequence[str], wanted: Sequence[Platform] = ()) -> AsyncIterator[bytes]:
        """See ImagesBackend. NotFound comes from the call itself, before anything is sent."""
        pieces = save_.save(self.store, refs, wanted)
        chosen = [record.id for record, _ in save_.select(self.store, refs)]

        def work(sink: threads.Sink[bytes]) -> None:
            _put_all(sink, pieces)
            for identifier in chosen:
                self._told("save", identifier)

        return threads.produce(work, room=_AHEAD)

    def import_(
        self, body: threads.ByteStream, *, repo: str, tag: str, message: str = "", changes: Sequence[str] = (),
        platform: str = "", source: str = "",
    ) -> AsyncIterator[Json]:  # fmt: skip
        """See ImagesBackend."""
        options: dict[str, Any] = {"repo": repo, "tag": tag, "changes": changes, "platform": platform}
        if source:
            return threads.iterate(self._import_from(fetch.address(source), message, options))
        read = threads.BodyReader(body)
        made = imports.import_(self.store, read, message=message, **options)
        return threads.iterate(self._packed_later(self._imported(made, repo, tag), read))

    def _imported(self, steps: Iterator[Json], repo: str, tag: str) -> Iterator[Json]:
        for step in steps:
            yield step
            if repo:
                self._told("tag", step["status"], tag_.target(repo, tag).familiar)
            self._told("import", step["status"])

    def _import_from(self, url: str, message: str, options: dict[str, Any]) -> Iterator[Json]:
        self.keeper.relieve()
        with fetch.fetch(self.registries, url) as read:
            yield {"status": f"Downloading from {url}"}
            made = imports.import_(self.store, read, message=message or f"Imported from {url}", **options)
            yield from self._imported(made, options["repo"], options["tag"])
        self.packer.wake()

    def _packed_later(self, steps: Iterator[Json], read: threads.BodyReader | None = None) -> Iterator[Json]:
        self.keeper.relieve()
        try:
            yield from steps
        finally:
            if read is not None:
                read.close()
            self.packer.wake()

    def commit(self, parent: str, tar: Iterable[bytes], config: Json, asked: commit_.Asked) -> commit_.Made:
        """An image of the layer ``tar`` over the image ``parent``; blocks. See ``commit.py``."""
        self.keeper.relieve()
        try:
            made = commit_.commit(self.store, parent, tar, config, asked)
        finally:
            self.packer.wake()
        self.packer.wake()
        self._told("create", made.id)
        if made.name:
            self._told("tag", made.id, made.name)
        return made

    def pull(
        self, name: str, tag: str, platform: str, auth: Json | None, *, insecure: bool = False, explain: bool = False
    ) -> AsyncIterator[Json]:
        """See ImagesBackend. Built-in images come from no registry."""
        named = _to_pull(name, tag)
        wanted = platforms.parse(platform) if platform else None
        return threads.produce(lambda sink: self._pull(named, wanted, auth, sink, insecure=insecure, explain=explain))

    def _pull(
        self, named: reference.Reference, wanted: platforms.Platform | None, auth: Json | None,
        sink: threads.Sink[Json], *, insecure: bool, explain: bool,
    ) -> None:  # fmt: skip
        if builtin.is_builtin(named.with_default_tag()):
            named = named.with_default_tag()
            sink.put({"status": f"Pulling from {named.path}", "id": named.tag})
            done = [(self.resolve(named.familiar).id, named.familiar)]
            sink.put({"status": f"Status: Image is up to date for {named.familiar}"})
        else:
            self.keeper.relieve()
            done = self.pulls.pull(named, wanted, auth, sink, insecure=insecure, explained=explain)
        for identifier, familiar in done:
            self._told("pull", identifier, familiar)

    def push(self, name: str, tag: str, auth: Json | None) -> AsyncIterator[Json]:
        """See ImagesBackend."""
        named = reference.parse(name)
        if named.digest:
            raise Invalid("cannot push a digest reference")
        if tag:
            named = named.with_tag(tag)

        def work(sink: threads.Sink[Json]) -> None:
            push_.push(self.store, self.registries, named, auth, sink, self.uploads)
            self._told("push", named.familiar)

        return threads.produce(work)

    async def distribution(self, name: str, auth: Json | None) -> Json:
        """See ImagesBackend."""
        named = reference.parse_tagged(name)
        return await asyncio.to_thread(distribution_.distribution, self.registries, named, auth)

    async def manifest(self, name: str, auth: Json | None, *, insecure: bool) -> Json:
        """See ImagesBackend."""
        named = reference.parse_tagged(name)
        return await asyncio.to_thread(manifest_list.inspect, self.registries, named, auth, insecure=insecure)

    async def push_manifests(self, name: str, body: Json, auth: Json | None, *, insecure: bool) -> Json:
        """See ImagesBackend."""
        named = reference.parse_tagged(name)
        return await asyncio.to_thread(manifest_list.push, self.registries, named, auth, body, insecure=insecure)

    async def search(self, term: str, limit: int, filters: Filters, auth: Json | None) -> Sequence[Json]:
        """See ImagesBackend."""
        return await asyncio.to_thread(search_.search, self.registries, term, limit, filters, auth)

    async def login(self, auth: Json) -> str:
        """See ImagesBackend."""

        def ask() -> str:
            from hutch.registry.auth import Credentials
            from hutch.registry.login import login

            return login(self.registries, Credentials.of(auth), str(auth.get("serveraddress") or ""))

        return await asyncio.to_thread(ask)

    def bootstrap(
        self, name: str, *, variant: str = "", include: Sequence[str] = (), mirror: str = ""
    ) -> AsyncIterator[Json]:
        """See ImagesBackend."""
        made = bootstrap_.bootstrap(self.store, name, variant=variant, include=include, mirror=mirror)
        return threads.iterate(self._packed_later(made))

    async def prune(self, filters: Filters) -> Json:
        """See ImagesBackend."""
        images = {image.id for image in self.store.summaries()}
        done = await asyncio.to_thread(prune_.prune, self.store, filters, self.in_use)
        for item in done["ImagesDeleted"] or ():
            if item.get("Deleted") in images:
                self._deleted(item["Deleted"])
        self.emit("prune", "", {"reclaimed": str(done["SpaceReclaimed"])})
        return done

    def fsck(self, *, quick: bool = False, repair: bool = False) -> AsyncIterator[Json]:
        """See ImagesBackend."""

        def work(sink: threads.Sink[Json]) -> None:
            def pull(named: reference.Reference) -> None:
                self.pulls.pull(named, None, None, sink)

            for item in repair_.run(self.store, quick=quick, repair=repair, in_use=self.in_use, pull=pull):
                sink.put(item)

        return threads.produce(work)

    async def gc(self, *, dry: bool) -> Json:
        """See ImagesBackend."""
        return await asyncio.to_thread(self.keeper.look, dry=dry, forced=True)

    async def usage(self, used: Callable[[str], int]) -> tuple[Rows, int]:
        """See ``usage.py``."""
        return await asyncio.to_thread(usage_.usage, self.store, used)

    def collect(self, image: str) -> None:
        """A container of ``image`` is gone: if the image was deleted before, remove the layers that it has left."""
        if self.store.image(image) is None:
            self.store.collect()

    def close(self) -> None:
        """Close the store; the storage driver is its owner's."""
        self.keeper.close()
        self.packer.close()
        self.store.close()


def _put_all(sink: threads.Sink[bytes], pieces: Iterator[bytes]) -> None:
    for piece in pieces:
        sink.put(piece)


def _to_pull(name: str, tag: str) -> reference.Reference:
    """What the two parameters of a pull mean: ``tag`` may be a digest; neither means all tags. Raises Invalid."""
    if digest.is_digest(tag):
        return reference.parse(f"{name}@{tag}")
    named = reference.parse(name)
    return named.with_tag(tag) if tag and not named.digest else named
