"""``rm``: the container goes away; its name and id are free at once, the disk is freed behind the answer."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from typing import Protocol

from hutch.engine import kill, states
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.launcher import Launcher
from hutch.engine.record import Record, replace
from hutch.engine.roster import Roster
from hutch.engine.store import Store
from hutch.engine.supervise import Supervisor
from hutch.linux.failpoint import failpoint
from hutch.model.errors import Conflict, HutchError, NotFound, System
from hutch.runtime.keeper.compress import numbers_of
from hutch.storage.driver import StorageDriver

_log = logging.getLogger(__name__)
AGAIN = (0.2, 2.0, 20.0)
"""Seconds between attempts to free what a removed container holds; after the last one it is left to the next daemon."""


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

    async def remove(
        self, container: Container, *, force: bool, volumes: bool, link: bool = False, ref: str = ""
    ) -> None:
        """Remove it; with ``force`` a running one is killed, with ``volumes`` its anonymous volumes go too.

        Raises Conflict when it runs or is being removed, and System (as dockerd) for a ``link``: only the one that
        every container has, its own name, ever leads here. ``ref`` is what the user called it.
        """
        if link:
            raise System("Conflict, cannot remove the default link name of the container")
        states.check_remove(container.record, force=force, ref=ref)
        if container.record.state.status == "restarting":
            kill.not_again(container, self._store)
        if force:
            await kill.force(container, self._events)
        if container.cleaning is not asyncio.current_task():
            await container.cleaned()
        if self._roster.get(container.id) is None:
            if container.record.auto_remove:
                return
            raise NotFound(f"No such container: {container.id}")
        async with container.turn("remove"):
            states.check_remove(container.record, force=False, ref=ref)
            await self._gone(container, volumes=volumes or container.record.auto_remove)

    async def auto(self, container: Container) -> None:
        """The end of a container with ``--rm``; what fails is tried again, at last by the next daemon.

        Nobody waits for the disk here: whatever of its life is on disk when the daemon dies, the next one sees that it
        does not run and is to be removed, and does so (``recover.py``).
        """
        await self._try_to_remove(container, AGAIN)

    async def _try_to_remove(self, container: Container, waits: Sequence[float]) -> None:
        try:
            await self.remove(container, force=False, volumes=True)
        except Conflict as error:
            _log.warning("removing container %s after its end: %s", container.id, error)
        except (HutchError, OSError) as error:
            _log.error("removing container %s after its end: %s", container.id, error)
            if waits:
                self._later(waits[0], lambda: self._try_to_remove(container, waits[1:]))

    async def _gone(self, container: Container, *, volumes: bool) -> None:
        before = container.record
        container.record = replace(states.removing(before), volumes_too=volumes)
        try:
            failpoint("remove.begin")
            if before.auto_remove:
                saved = self._store.later(container.record)
            else:
                saved = self._store.now(container.record)
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
        forgotten = await self._forget_volumes(container.record)
        self._roster.discard(container)
        self._events.container(before, "destroy")
        container.tell_removed()
        self._supervisor.spawn(self._sweep_when(saved, container.record, forgotten=forgotten))

    async def _sweep_when(self, saved: Future[None], record: Record, *, forgotten: bool) -> None:
        """Sweep when it is on disk that the container is being removed."""
        await asyncio.wrap_future(saved)
        await self.sweep(record, forgotten=forgotten)

    async def _forget_volumes(self, record: Record) -> bool:
        """Whether it uses no volume any more."""
        try:
            await self._volumes.forget(record.id, anonymous=record.auto_remove or record.volumes_too)
            return True
        except (HutchError, OSError) as error:
            _log.warning("volumes of container %s: %s", record.id, error)
            return False

    async def sweep(self, record: Record, *, forgotten: bool = False) -> None:
        """Free what a removed container holds, then forget it; its volumes are ``forgotten`` already, or not yet.

        What fails is tried again, at last by the next daemon.
        """
        if not record.has_run:
            self._launcher.forgo(record.id)
        await self._try_to_sweep(record, forgotten, AGAIN)

    async def _try_to_sweep(self, record: Record, forgotten: bool, waits: Sequence[float]) -> None:
        forgotten = forgotten or await self._forget_volumes(record)
        if await self._swept(record) and forgotten:
            self._store.forget(record.id)
        elif waits:
            self._later(waits[0], lambda: self._try_to_sweep(record, forgotten, waits[1:]))

    def _later(self, seconds: float, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do it in the background then, unless the daemon ends before."""

        def begin() -> None:
            if not self._supervisor.closing:
                self._supervisor.spawn(work())

        asyncio.get_running_loop().call_later(seconds, begin)

    async def _swept(self, record: Record) -> bool:
        """Whether nothing of it is on disk any more but its record."""
        try:
            failpoint("remove.sweep")
            await asyncio.to_thread(self._sweep, record)
            failpoint("remove.swept")
            return True
        except (HutchError, OSError) as error:
            _log.error("removing the files of container %s: %s", record.id, error)
            return False

    async def finish(self, record: Record) -> None:
        """Go on with a removal that a former daemon began."""
        await self.sweep(record)

    def _sweep(self, record: Record) -> None:
        container = record.id
        self._storage.remove(container)
        self._images.collect(record.image)
        folder = os.path.join(self._data_root, "containers", container)
        with ExitStack() as quiet:
            with suppress(FileNotFoundError):  # old logs may still be on their way into compressed ones
                quiet.enter_context(numbers_of(record.log_path or f"{folder}/none"))
            shutil.rmtree(folder, ignore_errors=False, onerror=_missing_is_fine)
        run = self._supervisor.run_folder(container)
        shutil.rmtree(run, ignore_errors=False, onerror=_missing_is_fine)


def _missing_is_fine(_function: object, _path: str, info: tuple[type[BaseException], BaseException, object]) -> None:
    if not isinstance(info[1], FileNotFoundError):
        raise info[1]
