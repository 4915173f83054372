"""``rm``: the container goes away; its name and id are free at once, the disk is freed behind the answer."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from concurrent.futures import Future
from typing import Protocol

from hutch.engine import kill, states
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.launcher import Launcher
from hutch.engine.record import Record, replace
from hutch.engine.roster import Roster
from hutch.engine.stop import not_again
from hutch.engine.store import Store
from hutch.engine.supervise import Supervisor
from hutch.linux.failpoint import failpoint
from hutch.model.errors import HutchError, NotFound, Unsupported
from hutch.storage.driver import StorageDriver

_log = logging.getLogger(__name__)


class Volumes(Protocol):
    """What removal needs of the volumes."""

    async def forget(self, container: str, *, anonymous: bool) -> None:
        """The container uses no volume; with ``anonymous`` those that nobody named or uses are removed."""


class Images(Protocol):
    """What removal needs of the images."""

    def collect(self, image: str) -> None:
        """A container of this image is gone; if the image is, too, nobody needs its layers any more."""


class Remover:
    """Removes containers."""

    def __init__(
        self,
        *,
        roster: Roster,
        store: Store,
        events: Events,
        supervisor: Supervisor,
        storage: StorageDriver,
        volumes: Volumes,
        images: Images,
        launcher: Launcher,
        data_root: str,
    ) -> None:
        self._roster = roster
        self._store = store
        self._events = events
        self._supervisor = supervisor
        self._storage = storage
        self._volumes = volumes
        self._images = images
        self._launcher = launcher
        self._data_root = data_root

    async def remove(self, container: Container, *, force: bool, volumes: bool, link: bool = False) -> None:
        """Remove it; with ``force`` a running one is killed, with ``volumes`` its anonymous volumes go too.

        Raises Conflict when it runs or is being removed.
        """
        if link:
            raise Unsupported("links are not supported by this engine", hint="remove the container itself")
        states.check_remove(container.record, force=force)
        if container.record.state.status == "restarting":
            not_again(container, self._store)
        if force:
            await kill.force(container, self._events)
        if container.cleaning is not asyncio.current_task():
            await container.cleaned()
        if self._roster.get(container.id) is None:
            if container.record.auto_remove:
                return
            raise NotFound(f"No such container: {container.id}")
        async with container.turn("remove"):
            states.check_remove(container.record, force=False)
            await self._gone(container, volumes=volumes or container.record.auto_remove)

    async def auto(self, container: Container) -> None:
        """The end of a container with ``--rm``.

        Nobody waits for the disk here: whatever of its life is on disk when the daemon dies, the next one sees that it
        does not run and is to be removed, and does so (``recover.py``).
        """
        try:
            await self.remove(container, force=False, volumes=True)
        except HutchError as error:
            _log.warning("removing container %s after its end: %s", container.id, error)

    async def _gone(self, container: Container, *, volumes: bool) -> None:
        before = container.record
        container.record = replace(states.removing(before), volumes_too=volumes)
        try:
            failpoint("remove.begin")
            saved = self._store.later(container.record)
            if not before.auto_remove:
                await asyncio.wrap_future(saved)
            failpoint("remove.recorded")
        except BaseException as error:
            container.record = before
            self._store.later(before)
            if isinstance(error, Exception):
                container.tell_not_removed(error)
            raise
        if container.held:
            await self._supervisor.give_back(container)
        await self._forget_volumes(container.id, anonymous=volumes)
        self._roster.discard(container)
        self._events.container(before, "destroy")
        container.tell_removed()
        self._supervisor.spawn(self._sweep_when(saved, before))

    async def _sweep_when(self, saved: Future[None], record: Record) -> None:
        """Sweep when it is on disk that the container is being removed."""
        await asyncio.wrap_future(saved)
        await self.sweep(record)

    async def _forget_volumes(self, container: str, *, anonymous: bool) -> None:
        try:
            await self._volumes.forget(container, anonymous=anonymous)
        except (HutchError, OSError) as error:
            _log.warning("volumes of container %s: %s", container, error)

    async def sweep(self, record: Record) -> None:
        """Free what a removed container holds on disk, then forget it. What fails is tried by the next daemon."""
        if not record.has_run:
            self._launcher.forgo(record.id)
        try:
            failpoint("remove.sweep")
            await asyncio.to_thread(self._sweep, record.id, record.image)
        except (HutchError, OSError) as error:
            _log.error("removing the files of container %s: %s", record.id, error)
            return
        failpoint("remove.swept")
        self._store.forget(record.id)

    async def finish(self, record: Record) -> None:
        """Go on with a removal that a former daemon began."""
        await self._forget_volumes(record.id, anonymous=record.auto_remove or record.volumes_too)
        await self.sweep(record)

    def _sweep(self, container: str, image: str) -> None:
        self._storage.remove(container)
        self._images.collect(image)
        folder = os.path.join(self._data_root, "containers", container)
        shutil.rmtree(folder, ignore_errors=False, onerror=_missing_is_fine)
        run = self._supervisor.run_folder(container)
        shutil.rmtree(run, ignore_errors=False, onerror=_missing_is_fine)


def _missing_is_fine(_function: object, _path: str, info: tuple[type[BaseException], BaseException, object]) -> None:
    if not isinstance(info[1], FileNotFoundError):
        raise info[1]
