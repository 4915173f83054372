"""Volumes: what the API and the engine ask of this room.

    volumes = Volumes(root, database)                   # root: <data-root>/volumes
    await volumes.recover(containers)                   # uses of containers that are gone
    path = await volumes.acquire(name, container)       # the host path; made when it is not there
    await volumes.fill(name, image, "/var/lib/x")       # copy-up, before the first start
    await volumes.release(container, anonymous=True)

A volume is recorded before its folder is made, and struck out before its folder is thrown away.
"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from typing import Any

from hutch.linux.failpoint import failpoint
from hutch.linux.files import ensure_folder
from hutch.model import filters as wanted_filters
from hutch.model import ids, wire
from hutch.model.errors import Conflict, NotFound
from hutch.model.mount import Mount
from hutch.storage.database import Database
from hutch.storage.trash import Trash
from hutch.volumes import mounting
from hutch.volumes import prune as pruning
from hutch.volumes import usage as usages
from hutch.volumes.copyup import DATA, copy_into, copy_up
from hutch.volumes.options import ANONYMOUS, Asked, check_driver, check_name, is_anonymous
from hutch.volumes.store import Record, VolumeStore

Json = dict[str, Any]
Rows = list[Json]
_FILTERS = frozenset({"dangling", "driver", "label", "name"})
_TRASH = ".trash"
_MODE, _DOOMED = 0o701, 0o1701
"""Of a volume's folder: closed to others; and while it is being removed, which is marked without a file, for there may
be no room for one."""


def _untold(_action: str, _name: str, **_attributes: str) -> None:
    """Nobody listens."""


class Volumes:
    """The volumes of the local driver below one folder."""

    def __init__(self, root: str, database: Database, emit: Callable[..., None] = _untold) -> None:
        """``emit(action, name)`` hears of ``create`` and ``destroy``, and of ``prune`` with ``reclaimed=`` bytes as
        text; on any thread."""
        ensure_folder(root, 0o701)
        self._root = root
        self._store = VolumeStore(database)
        self._trash = Trash(os.path.join(root, _TRASH))
        self._lock = threading.Lock()
        self._emit = emit
        self._inside: dict[str, set[str]] = {}
        """The running containers that use a volume which is a mount."""
        self._struck_out: list[str] = []
        """Without a record already; the folder is yet to be thrown away, which failed before if this lasts."""

    def close(self) -> None:
        """Wait until what was removed is deleted."""
        self._trash.close()

    async def recover(self, containers: Collection[str], running: Collection[str] = ()) -> list[str]:
        """Forget the uses of containers that are not among ``containers`` (full ids), make missing folders again.
        ``running`` are those of them that run.

        Anonymous volumes of theirs that are empty are removed: a crash came before the container was recorded.

        Returns the ids that were forgotten, for the log.
        """

        def work() -> list[str]:
            self._reenter(running)
            gone = sorted(self._store.containers().difference(containers))
            for container in gone:
                names = self._store.used_by(container)
                self._store.release(container)
                self._remove_unfilled(names)
            self._sweep({record.name for record in self._store.all()})
            with self._lock:
                for record in self._store.all():
                    self._make_folder(record.name)
            return gone

        return await asyncio.to_thread(work)

    def _sweep(self, names: Collection[str]) -> None:
        """Finish removals that a crash cut short. Folders without a record and without the mark are nobody's to
        delete: the database may have been lost."""
        with self._lock:  # containers that have ended meanwhile are removed with their volumes at the same time
            for name in os.listdir(self._root):
                folder = os.path.join(self._root, name)
                if stat.S_IMODE(os.lstat(folder).st_mode) != _DOOMED:
                    continue
                if name in names and self._store.users(name):
                    os.chmod(folder, _MODE)
                else:
                    self._store.delete(name)
                    mounting.unmount(self.path(name))
                    self._trash.throw(folder)

    def _remove_unfilled(self, names: Sequence[str]) -> None:
        """Remove those that were made for a container that never came to be: anonymous, unused and empty."""
        for name in names:
            filled = os.path.isdir(self.path(name)) and os.listdir(self.path(name))
            if not filled and self._nobodys(name):
                self._remove(name)

    # The API

    def list(self, filters: Mapping[str, Sequence[str]]) -> Json:
        """``GET /volumes``. Raises Invalid for an unknown filter."""
        wanted_filters.check(filters, _FILTERS)
        dangling = wanted_filters.boolean(filters, "dangling", False) if "dangling" in filters else None
        used = self._store.used()
        chosen = [
            record
            for record in self._store.all()
            if (dangling is None or (record.name not in used) is dangling) and _passes(record, filters)
        ]
        return {"Volumes": [self._shown(record) for record in chosen], "Warnings": None}

    def inspect(self, name: str) -> Json:
        """``GET /volumes/{name}``. Raises NotFound."""
        return self._shown(self._get(name))

    async def create(self, body: Json) -> Json:
        """``POST /volumes/create``; a volume that is there already stays as it is. Raises Invalid, Unsupported."""
        asked = wire.decode(Asked, body, path="CreateOptions")
        name, labels, options = asked.name, asked.labels, asked.driver_opts or None
        if not name:
            name, labels = ids.new(), {**(labels or {}), ANONYMOUS: ""}
        if self._store.get(name) is None:
            check_driver(name, asked.driver, options or {})
            check_name(name)
        record = await asyncio.to_thread(self._create, name, labels, options)
        return self._shown(record)

    async def remove(self, name: str, *, force: bool) -> None:
        """``DELETE /volumes/{name}``. Raises NotFound unless ``force``, Conflict while a container uses it."""
        try:
            await asyncio.to_thread(self._remove, name)
        except NotFound:
            if not force:
                raise

    async def prune(self, filters: Mapping[str, Sequence[str]]) -> Json:
        """``POST /volumes/prune``. Raises Invalid for an unknown filter."""

        def work() -> Json:
            gone: list[str] = []
            reclaimed = 0
            for record in pruning.chosen(self._store.all(), self._store.used(), filters):
                (measured,) = usages.usage([self._shown(record)], self._links)
                with suppress(NotFound, Conflict):  # it went, or came into use, meanwhile
                    self._remove(record.name)
                    gone.append(record.name)
                    reclaimed += max(measured["UsageData"]["Size"], 0)
            self._emit("prune", "", reclaimed=str(reclaimed))
            return {"VolumesDeleted": gone, "SpaceReclaimed": reclaimed}

        return await asyncio.to_thread(work)

    async def usage(self) -> Rows:
        """Every volume with ``UsageData``: measured file by file, which takes a while for large ones."""
        rows = self.list({})["Volumes"]
        return await asyncio.to_thread(usages.usage, rows, self._links)

    def _links(self, name: str) -> int:
        return len(self._store.users(name))

    # The engine

    async def acquire(
        self,
        name: str,
        container: str,
        *,
        anonymous: bool = False,
        labels: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None,
    ) -> str:
        """The host path of a volume for a container, which uses it from now on; made when there is none, with
        ``labels`` and driver ``options``.

        For a volume that nobody named the engine draws an id as name and says ``anonymous``. Raises Invalid for a
        name that cannot be.
        """
        wanted = {**(labels or {}), ANONYMOUS: ""} if anonymous else dict(labels) if labels else None
        check_name(name)
        if self._store.get(name) is None:
            check_driver(name, "", options or {})

        def work() -> None:
            with self._lock, self._store.together():
                failpoint("volumes.use.begin")
                fresh = self._record(name, wanted, options)
                self._store.use(name, container)
                failpoint("volumes.use.record")
            failpoint("volumes.use.recorded")
            with self._lock:
                self._make_folder(name)
            if fresh:
                self._emit("create", name)

        await asyncio.to_thread(work)
        return self.path(name)

    def is_mount(self, name: str) -> bool:
        """Whether there is a volume of this name that is mounted while it is used."""
        record = self._store.get(name) if name else None
        return record is not None and mounting.plan(record.options) is not None

    async def enter(self, name: str, container: str) -> None:
        """A container begins to run with the volume: what it is a mount of is mounted. Raises NotFound, System."""
        what = mounting.plan(self._get(name).options)
        if what is None:
            return

        def work() -> None:
            with self._lock:
                inside = self._inside.setdefault(name, set())
                if not inside and not mounting.is_mounted(self.path(name)):
                    failpoint("volumes.mount")
                    mounting.mount(what, self.path(name))
                inside.add(container)

        await asyncio.to_thread(work)

    async def leave(self, container: str) -> None:
        """A container does not run any more: what nobody else is in is unmounted. Idempotent. Raises OSError."""
        if any(container in inside for inside in self._inside.values()):
            await asyncio.to_thread(self._leave, container)

    def _leave(self, container: str) -> None:
        with self._lock:
            for name, inside in list(self._inside.items()):
                inside.discard(container)
                if not inside:
                    mounting.unmount(self.path(name))
                    del self._inside[name]

    def _reenter(self, running: Collection[str]) -> None:
        """Containers run on since the former daemon: theirs stays mounted, everything else is not to be."""
        for record in self._store.all():
            if mounting.plan(record.options) is not None:
                inside = set(self._store.users(record.name)).intersection(running)
                if inside:
                    self._inside[record.name] = inside
                else:
                    mounting.unmount(self.path(record.name))

    async def check(self, name: str, subpath: str) -> None:
        """Raise System, in Docker's words, unless there is something at ``subpath`` in the volume."""
        await asyncio.to_thread(mounting.check, self.path(name), subpath)

    async def fill(self, name: str, image: Sequence[Mount], path: str, subpath: str = "") -> bool:
        """Copy what the image has at ``path`` into the volume, or the folder ``subpath`` in it, if that is empty;
        whether anything was copied.

        Not to be called for ``nocopy``. Raises NotFound, OSError.
        """
        self._get(name)
        folder = os.path.join(self._root, name)
        if subpath or name in self._inside:
            return await asyncio.to_thread(copy_into, image, path, self.path(name), subpath or ".")
        return await asyncio.to_thread(copy_up, image, path, folder, self._trash)

    async def release(self, container: str, *, anonymous: bool = False) -> None:
        """End a container's use of its volumes; ``anonymous`` removes those that nobody named and nobody else uses."""

        def work() -> None:
            with self._lock:
                with ExitStack() as undo:
                    with self._store.together(sparing=True):
                        names = self._store.used_by(container)
                        self._store.release(container)
                        doomed = [name for name in names if anonymous and self._nobodys(name)]
                        for name in doomed:
                            self._strike_out(name, undo)
                        failpoint("volumes.release.record")
                    undo.pop_all()
                self._struck_out += doomed
                failpoint("volumes.release.recorded")
                self._throw_away()

        await asyncio.to_thread(work)

    def used_by(self, container: str) -> Sequence[str]:
        """The names of the volumes a container uses, in the order in which it acquired them."""
        return self._store.used_by(container)

    def path(self, name: str) -> str:
        """Where a volume's content is on the host."""
        return os.path.join(self._root, name, DATA)

    # Work on threads

    def _create(self, name: str, labels: Mapping[str, str] | None, options: Mapping[str, str] | None) -> Record:
        with self._lock:
            return self._create_locked(name, labels, options)

    def _create_locked(self, name: str, labels: Mapping[str, str] | None, options: Mapping[str, str] | None) -> Record:
        failpoint("volumes.create.begin")
        fresh = self._record(name, labels, options)
        failpoint("volumes.create.recorded")
        try:
            self._make_folder(name)
        except OSError:
            if fresh:
                self._store.delete(name)
            raise
        if fresh:
            self._emit("create", name)
        return self._get(name)

    def _record(self, name: str, labels: Mapping[str, str] | None, options: Mapping[str, str] | None = None) -> bool:
        """Write the volume down; whether it was not there."""
        fresh = self._store.get(name) is None
        if name in self._struck_out:
            self._throw_away()
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        given = (None if pairs is None else dict(pairs) for pairs in (labels, options or None))
        self._store.add(Record(name, now, *given))
        return fresh

    def _make_folder(self, name: str) -> None:
        """The volume's folder (closed to others by its own mode) and in it the one that containers see."""
        folder = os.path.join(self._root, name)
        if not os.path.isdir(os.path.join(folder, DATA)):
            ensure_folder(folder, _MODE)
            try:
                os.mkdir(os.path.join(folder, DATA), 0o755)
            except OSError:
                os.rmdir(folder)
                raise
            os.chmod(os.path.join(folder, DATA), 0o755)

    def _remove(self, name: str) -> None:
        with self._lock:
            self._throw_away()
            self._get(name)
            if users := self._store.users(name):
                raise Conflict(f"remove {name}: volume is in use - [{', '.join(users)}]")
            with ExitStack() as undo:
                with self._store.together(sparing=True):
                    self._strike_out(name, undo)
                undo.pop_all()
            self._struck_out.append(name)
            failpoint("volumes.remove.recorded")
            self._throw_away()

    def _strike_out(self, name: str, undo: ExitStack) -> None:
        """Mark the folder and delete the record; what follows a crash in between is decided by :meth:`_sweep`.

        ``undo`` takes the mark off again, without which the next daemon would remove a volume that was kept.
        """
        folder = os.path.join(self._root, name)
        with suppress(FileNotFoundError):  # a crash came before it was made
            os.chmod(folder, _DOOMED)
            undo.callback(os.chmod, folder, _MODE)
        failpoint("volumes.remove.marked")
        self._store.delete(name)

    def _throw_away(self) -> None:
        """Throw away the folders of volumes that have no record any more. Raises OSError; the rest is done later."""
        while self._struck_out:
            mounting.unmount(self.path(self._struck_out[0]))  # what is mounted is not ours to delete
            self._trash.throw(os.path.join(self._root, self._struck_out[0]))
            self._emit("destroy", self._struck_out.pop(0))

    def _nobodys(self, name: str) -> bool:
        """Whether the volume was named by nobody and is used by nobody."""
        record = self._store.get(name)
        return record is not None and is_anonymous(name, record.labels or {}) and not self._store.users(name)

    def _get(self, name: str) -> Record:
        record = self._store.get(name)
        if record is None:
            raise NotFound(f"get {name}: no such volume" if name else "get: no such volume")
        return record

    def _shown(self, record: Record) -> Json:
        return {
            "CreatedAt": record.created,
            "Driver": "local",
            "Labels": record.labels,
            "Mountpoint": self.path(record.name),
            "Name": record.name,
            "Options": record.options,
            "Scope": "local",
        }


def _passes(record: Record, filters: Mapping[str, Sequence[str]]) -> bool:
    if filters.get("driver") and "local" not in filters["driver"]:
        return False
    if filters.get("name") and not any(part in record.name for part in filters["name"]):
        return False
    return wanted_filters.labels_pass(filters, record.labels or {})
