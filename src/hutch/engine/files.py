"""What is in containers: changes, export, commit, copies (``api/backends.py``, FilesBackend)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from hutch.engine import commit as committing
from hutch.engine.commit import Freezer, Images
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.roster import Roster
from hutch.images import differ, threads
from hutch.images.commit import Asked
from hutch.images.tar.tree import ADDED, DELETED, MODIFIED
from hutch.model.errors import Conflict, NotFound
from hutch.storage import look
from hutch.storage.driver import StorageDriver

Json = dict[str, Any]
Rows = list[Json]
_KINDS = {MODIFIED: 0, ADDED: 1, DELETED: 2}


class Files:
    """Implements ``api/backends.py:FilesBackend``."""

    def __init__(
        self, *, roster: Roster, events: Events, storage: StorageDriver, images: Images, freezer: Freezer
    ) -> None:
        self._roster = roster
        self._events = events
        self._storage = storage
        self._images = images
        self._freezer = freezer

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
        return threads.iterate(self._exported(container))

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
