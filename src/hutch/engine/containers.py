"""The engine's ContainersBackend: finds the container a request means and calls the verb, one file each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from hutch.engine import attach as attaching
from hutch.engine import inspect as inspecting
from hutch.engine import kill as killing
from hutch.engine import listing, logs, pause, plan, rename, resize, stats, stop, top, update, wait
from hutch.engine import prune as pruning
from hutch.engine.attach import Hijack
from hutch.engine.bundle import Bundler
from hutch.engine.container import Container
from hutch.engine.create import Creator
from hutch.engine.detach_keys import parse
from hutch.engine.events import Events
from hutch.engine.record import Record
from hutch.engine.remove import Remover
from hutch.engine.restart import restart
from hutch.engine.roster import Roster
from hutch.engine.start import Starter
from hutch.engine.states import check_running
from hutch.engine.store import Store
from hutch.engine.user_mounts import UserMounts
from hutch.model.errors import HutchError
from hutch.model.filters import Filters
from hutch.runtime.cgroups.cgroup import open_cgroup
from hutch.storage.driver import StorageDriver

Json = dict[str, Any]
Rows = list[Json]


class Containers:
    """Implements ``api/backends.py:ContainersBackend``."""

    def __init__(
        self,
        *,
        roster: Roster,
        store: Store,
        events: Events,
        creator: Creator,
        starter: Starter,
        remover: Remover,
        bundler: Bundler,
        mounts: UserMounts,
        storage: StorageDriver,
        stop_timeout: Callable[[], int] = lambda: stop.TIMEOUT,
        size_below: Callable[[str | None], int] = lambda _top: 0,
    ) -> None:
        """``stop_timeout`` gives the seconds that a container has which sets none itself, ``size_below(top)`` the bytes
        of an image's layers."""
        self._roster = roster
        self._store = store
        self._events = events
        self._creator = creator
        self._starter = starter
        self._remover = remover
        self._bundler = bundler
        self._mounts = mounts
        self._storage = storage
        self._stop_timeout = stop_timeout
        self._size_below = size_below

    async def create(self, name: str | None, platform: str | None, body: Json) -> Json:
        """See ``create.py``."""
        return await self._creator.create(name, platform, body)

    async def start(self, ref: str) -> None:
        """See ``start.py``."""
        await self._starter.start(self._roster.find(ref))

    async def stop(self, ref: str, signal: str | None, timeout: int | None) -> None:
        """See ``stop.py``."""
        container, default = self._roster.find(ref), self._stop_timeout()
        await stop.stop(container, self._events, self._store, ref, signal, timeout, default)

    async def restart(self, ref: str, signal: str | None, timeout: int | None) -> None:
        """See ``restart.py``."""
        container, default = self._roster.find(ref), self._stop_timeout()
        await restart(container, self._starter, self._events, self._store, ref, signal, timeout, default)

    async def kill(self, ref: str, signal: str | None) -> None:
        """See ``kill.py``."""
        await killing.kill(self._roster, self._events, self._store, ref, signal)

    async def pause(self, ref: str) -> None:
        """See ``pause.py``."""
        await pause.pause(self._roster.find(ref), self._events, self._store)

    async def unpause(self, ref: str) -> None:
        """See ``pause.py``."""
        await pause.unpause(self._roster.find(ref), self._events, self._store)

    async def rename(self, ref: str, name: str) -> None:
        """See ``rename.py``."""
        container = self._roster.find(ref)
        await rename.rename(container, self._roster, self._events, self._store, name)
        self._starter.renamed(container)

    async def update(self, ref: str, body: Json) -> Json:
        """See ``update.py``."""
        return await update.update(self._roster.find(ref), self._events, self._store, self._bundler.machine, body)

    async def remove(self, ref: str, *, force: bool, volumes: bool, link: bool) -> None:
        """See ``remove.py``."""
        await self._remover.remove(self._roster.find(ref), force=force, volumes=volumes, link=link, ref=ref)

    async def wait(self, ref: str, condition: str) -> Json:
        """See ``wait.py``."""
        return await wait.answer(wait.begin(self._roster.find(ref), condition))

    async def wait_ready(self, ref: str, condition: str) -> AsyncIterator[Json]:
        """See ``wait.py``."""
        return wait.ready(wait.begin(self._roster.find(ref), condition))

    async def prune(self, filters: Filters) -> Json:
        """See ``prune.py``."""
        return await pruning.prune(self._roster, self._remover, self._storage, self._events, filters)

    def list(self, *, everything: bool, limit: int, size: bool, filters: Filters) -> Rows:
        """See ``listing.py``."""
        records = [container.record for container in self._roster]
        chosen = listing.select(records, everything=everything, limit=limit, filters=filters, find=self._record)
        now = time.time_ns()
        return [listing.summary(record, now, self._sizes(record) if size else None) for record in chosen]

    def _record(self, ref: str) -> Record:
        return self._roster.find(ref).record

    def inspect(self, ref: str, *, size: bool = False) -> Json:
        """See ``inspect.py``."""
        container = self._roster.find(ref)
        record = container.record
        return inspecting.inspect(
            record,
            folder=self._starter.folder(record.id),
            graph=self._graph(record),
            execs=[name for name, process in container.execs.items() if process.exit_code is None],
            sizes=self._sizes(record) if size else None,
            apparmor=self._bundler.apparmor(record),
            network_id=self._starter.former_network(record),
        )

    def _graph(self, record: Record) -> Json:
        """Where the layers are on the host, as the driver's mount names them."""
        with suppress(HutchError, OSError):
            if self._storage.name == "zfs":
                return {"Dataset": self._storage.mounts(record.id)[0].source}
            if self._storage.whiteouts != "overlay":
                return {}
            options = dict(o.partition("=")[::2] for m in self._storage.mounts(record.id) for o in m.options)
            names = {"lowerdir": "LowerDir", "upperdir": "UpperDir", "workdir": "WorkDir"}
            found = {title: options[name] for name, title in names.items() if name in options}
            return {"ID": record.id, **found}
        return {}

    def _sizes(self, record: Record) -> tuple[int, int]:
        """(writable layer, all layers) in bytes; the image's were counted when they were unpacked."""
        try:
            own = self._storage.usage(record.id).size
        except (HutchError, OSError):
            return 0, 0
        return own, own + self._size_below(record.top)

    async def top(self, ref: str, ps_args: str) -> Json:
        """See ``top.py``."""
        container = self._roster.find(ref)
        check_running(container.record)
        pids = await asyncio.to_thread(open_cgroup(self._bundler.cgroup(container.record)).pids)
        answer = await top.top(pids, ps_args)
        self._events.container(container.record, "top")
        return answer

    async def resize(self, ref: str, height: int, width: int) -> None:
        """See ``resize.py``."""
        await resize.resize(self._roster.find(ref), self._events, height, width)

    async def attach(
        self,
        ref: str,
        hijack: Hijack,
        *,
        stdin: bool,
        stdout: bool,
        stderr: bool,
        logs: bool,
        stream: bool,
        detach_keys: str | None,
        old_content_type: bool,
    ) -> None:
        """See ``attach.py``."""
        parse(detach_keys)  # before the container is looked for, as dockerd does
        container = self._roster.find(ref)
        replay = self._replay(container, stdout=stdout, stderr=stderr) if logs else None
        await attaching.attach(
            container,
            self._events,
            hijack,
            replay,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            stream=stream,
            detach_keys=detach_keys,
            old_content_type=old_content_type,
        )

    @staticmethod
    def _replay(container: Container, *, stdout: bool, stderr: bool) -> AsyncIterator[bytes] | None:
        if not (stdout or stderr):
            return None
        return logs.logs(container, stdout=stdout, stderr=stderr, follow=False)[1]

    async def logs(
        self,
        ref: str,
        *,
        stdout: bool,
        stderr: bool,
        follow: bool,
        since: str,
        until: str,
        timestamps: bool,
        tail: str,
        details: bool,
    ) -> tuple[bool, AsyncIterator[bytes]]:
        """See ``logs.py``."""
        return logs.logs(
            self._roster.find(ref),
            stdout=stdout,
            stderr=stderr,
            follow=follow,
            since=since,
            until=until,
            timestamps=timestamps,
            tail=tail,
            details=details,
        )

    async def stats(self, ref: str, *, stream: bool, one_shot: bool) -> AsyncIterator[Json]:
        """See ``stats.py``."""
        container = self._roster.find(ref)
        return stats.stats(container, self._usage, stream=stream, one_shot=one_shot)

    def _usage(self, container: Container) -> Json:
        return open_cgroup(self._bundler.cgroup(container.record)).stats()

    async def plan(self, body: Json) -> Rows:
        """See ``plan.py``."""
        record, _ = self._creator.plan("", None, body, draw=False)
        home, mounts = self._starter.folder(record.id), self._mounts.describe(record)
        return await plan.plan(record, self._bundler, self._starter.networks, home, mounts)
