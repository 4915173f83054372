"""What is in containers: changes, export, commit, copies (``api/backends.py``, FilesBackend)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing, suppress
from typing import Any, Protocol

from hutch.engine import archive, folder
from hutch.engine import commit as committing
from hutch.engine import view as views
from hutch.engine.commit import Freezer, Images
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.record import Record
from hutch.engine.roster import Roster
from hutch.engine.view import View
from hutch.images import differ, threads
from hutch.images.commit import Asked
from hutch.images.tar.extract import Manner
from hutch.images.tar.tree import ADDED, DELETED, MODIFIED
from hutch.model.errors import Conflict, NotFound, Unavailable
from hutch.model.mount import Mount
from hutch.runtime import users
from hutch.storage import look
from hutch.storage.driver import StorageDriver

Json = dict[str, Any]
Rows = list[Json]
_KINDS = {MODIFIED: 0, ADDED: 1, DELETED: 2}


UPLOAD = 3600.0
"""Seconds that a copy into a container that does not run may take; it cannot be started meanwhile."""


AHEAD = 2
"""Pieces of an archive (``model/tar/write.py``, ``CHUNK``) that may wait for a client: with what the connection holds
they are about a megabyte, and more of them are no faster."""


class Volumes(Protocol):
    """What a copy needs of the user's mounts (``user_mounts.py``)."""

    async def mount(self, record: Record, root: list[Mount]) -> list[Mount]:
        """The user's mounts of the container, sources made ready."""


class Files:
    """Implements ``api/backends.py:FilesBackend``."""

    def __init__(
        self,
        *,
        roster: Roster,
        events: Events,
        storage: StorageDriver,
        images: Images,
        freezer: Freezer,
        volumes: Volumes,
        home: Callable[[str], str],
        run_folder: Callable[[str], str],
    ) -> None:
        """``home`` and ``run_folder`` name a container's folders in the data root and in the exec root."""
        self._roster = roster
        self._events = events
        self._storage = storage
        self._images = images
        self._freezer = freezer
        self._volumes = volumes
        self._home = home
        self._run_folder = run_folder

    async def changes(self, ref: str) -> Rows | None:
        """What the container changed over its image; None if nothing (Engine API, ContainerChanges)."""
        container = self._roster.find(ref)

        def rows() -> Rows:
            found = differ.changes(self._storage, container.id)
            return [{"Path": "/" + os.fsdecode(path), "Kind": _KINDS[kind]} for kind, path in found]

        return await asyncio.to_thread(rows) or None

    def export(self, ref: str) -> AsyncIterator[bytes]:
        """The tar of the container's file system, without what is mounted in it. Raises NotFound, Conflict."""
        container = self._roster.find(ref)
        status = container.record.state.status
        if status == "dead":
            raise Conflict(f"You cannot export container {container.id} which is Dead")
        if status == "removing":
            raise Conflict(f"You cannot export container {container.id} which is being removed")
        self._events.container(container.record, "export")
        return _streamed(self._exported(container))

    def _exported(self, container: Container) -> Iterator[bytes]:
        root = look.whole(self._storage, container.id)
        try:
            yield from differ.whole(root)
        finally:
            os.close(root)
            self._storage.release(container.id)
        if container.record.state.status == "removing":  # then what was read may have been half of it
            raise NotFound(f"container {container.id} was removed while it was exported")

    async def commit(
        self,
        ref: str,
        *,
        repo: str,
        tag: str,
        comment: str,
        author: str,
        pause: bool,
        changes: Sequence[str],
        body: Json,
    ) -> str:
        """See ``commit.py``."""
        return await committing.commit(
            self._roster.find(ref),
            self._images,
            self._storage,
            self._events,
            self._freezer,
            body=body,
            changes=changes,
            asked=Asked(repo=repo, tag=tag, author=author, comment=comment),
            pausing=pause,
        )

    async def stat(self, ref: str, path: str) -> Json:
        """What is at a path of the container (Engine API, PathStat). Raises NotFound, System."""
        container = self._found(ref)
        path = archive.absolute(path)
        view = await self._view(container)
        try:
            return await asyncio.to_thread(archive.stat, view, path, ref)
        finally:
            view.close()

    async def read(self, ref: str, path: str) -> tuple[Json, AsyncIterator[bytes]]:
        """What is at a path, and its tar. Raises NotFound, System."""
        container = self._found(ref)
        path = archive.absolute(path)
        view = await self._view(container)
        try:
            about = await asyncio.to_thread(archive.stat, view, path, ref)
        except BaseException:
            view.close()
            raise
        self._events.container(container.record, "archive-path")
        return about, _streamed(archive.read(view, path, ref))

    async def write(self, ref: str, path: str, body: threads.ByteStream, *, keep_kinds: bool, copy_owner: bool) -> None:
        """Unpack a tar into a folder of the container. Raises NotFound, System, Invalid."""
        container = self._found(ref)
        read = threads.BodyReader(body)

        def work(view: View) -> None:
            with view:
                user = container.record.config.user
                owner = users.resolve_user(view.fd, user)[:2] if copy_owner and user else None
                archive.extract(view, archive.absolute(path), ref, read, Manner(keep_kinds, owner))

        try:
            live = await self._live(container)
            if live is not None:
                await asyncio.to_thread(work, live)
            else:
                async with container.turn("copy", UPLOAD):
                    view = await self._live(container) or await self._at_rest(container, writable=True)
                    await asyncio.to_thread(work, view)
        finally:
            read.close()
        self._events.container(container.record, "extract-to-dir")

    def _found(self, ref: str) -> Container:
        container = self._roster.find(ref)
        if container.record.state.status in ("dead", "removing"):
            raise Conflict(f"container {container.id} is marked for removal and cannot be copied from or to")
        return container

    async def _view(self, container: Container) -> View:
        return await self._live(container) or await self._at_rest(container, writable=False)

    async def _live(self, container: Container) -> View | None:
        """The view of a running container; None if it does not run, or ends at this moment."""
        if not container.record.running:
            return None
        with suppress(Unavailable):
            return await asyncio.to_thread(views.running, self._run_folder(container.id))
        return None

    async def _at_rest(self, container: Container, *, writable: bool) -> View:
        """The view of a container that does not run, with its volumes filled as its first start would."""
        record, storage = container.record, self._storage
        mounts = await self._volumes.mount(record, storage.mounts(record.id))
        targets = {mount.target for mount in mounts}
        home = self._home(record.id)
        mounts += [bind for bind in folder.binds(home, targets) if os.path.exists(bind.source)]
        flat = record.host.readonly_rootfs

        def work() -> View:
            if not writable and views.targets_missing(storage, record.id, mounts):
                views.stopped(storage, record.id, mounts, home, writable=True).close()
            return views.stopped(storage, record.id, mounts, home, writable=writable, read_only_root=flat)

        return await asyncio.to_thread(work)


def _streamed(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, read in a thread of its own a little ahead of who takes them."""

    def work(sink: threads.Sink[bytes]) -> None:
        with closing(pieces):  # type: ignore[type-var]  # it is a generator
            for piece in pieces:
                sink.put(piece)

    return threads.produce(work, AHEAD)
