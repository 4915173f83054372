"""``recover``: what a new daemon does about the containers of the former one, which may have died at any moment.

The records say what should be; the folders in the exec root say what was begun (they are made before a keeper is and
removed after it); the keepers say what is. In this order:

1. removals that were begun are finished, containers that were recorded and not made are made;
2. whoever has a keeper that answers is supervised again, wherever its life had got to;
3. whoever was running and has none left ended with what ``exit.json`` says, or was killed (137);
4. what belongs to nobody is removed: folders, layers, network places;
5. restart policies start what they must.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from hutch.engine import restart_policy, states
from hutch.engine.commit import MARK
from hutch.engine.container import Container
from hutch.engine.create import Creator
from hutch.engine.keeper import Keeper, connect
from hutch.engine.launcher import Launcher
from hutch.engine.record import Record, with_state
from hutch.engine.remove import Remover
from hutch.engine.roster import Roster
from hutch.engine.start import Starter
from hutch.engine.store import Store
from hutch.engine.supervise import Supervisor, read_exit, read_start
from hutch.linux.failpoint import failpoint
from hutch.model import ids
from hutch.model.errors import Conflict, HutchError
from hutch.model.network import Attachment
from hutch.network.service import Networks
from hutch.storage.driver import StorageDriver

_log = logging.getLogger(__name__)
PATIENCE = 10.0
"""Seconds for a keeper to answer."""


class Recovery:
    """One run at the start of the daemon."""

    def __init__(
        self,
        *,
        roster: Roster,
        store: Store,
        supervisor: Supervisor,
        creator: Creator,
        starter: Starter,
        remover: Remover,
        networks: Networks,
        storage: StorageDriver,
        launcher: Launcher,
        cgroup: Callable[[Record], str],
        data_root: str,
        exec_root: str,
    ) -> None:
        self._roster = roster
        self._store = store
        self._supervisor = supervisor
        self._creator = creator
        self._starter = starter
        self._remover = remover
        self._networks = networks
        self._storage = storage
        self._launcher = launcher
        self._cgroup = cgroup
        self._data_root = data_root
        self._exec_root = exec_root
        self.others: set[str] = set()
        """Containers whose layers another storage driver has: they are left alone until a daemon has that driver."""

    async def run(self) -> None:
        """Do all of it. What fails for one container is logged and does not keep the daemon from starting."""
        records = self._ours(sorted(self._store.load(), key=lambda record: record.created))
        removed = [record for record in records if record.state.status == "removing"]
        for record in records:
            if record.state.status != "removing":
                self._adopt(record)
        failpoint("recover.loaded")
        await asyncio.gather(*(self._take_over(container) for container in self._roster))
        failpoint("recover.connected")
        running = {container.id for container in self._roster if container.record.running}
        await self._networks.recover(running | self.others)
        for record in removed:
            await self._finish_removal(record)
        self._remove_ended()
        for name in self._launcher.claimed:
            if self._roster.get(name) is None:
                self._launcher.forgo(name)
        self._sweep({record.id for record in records} | self.others | set(self._store.damaged))
        failpoint("recover.swept")

    def _ours(self, records: list[Record]) -> list[Record]:
        """Those whose layers are with our storage driver; the others are told of, as dockerd does."""
        found = []
        for record in records:
            if record.driver in ("", self._storage.name):
                found.append(record)
                continue
            self.others.add(record.id)
            reason = f"it was created with another storage driver ({record.driver})"
            _log.warning("not restoring container %s because %s", record.id, reason)
        return found

    def _adopt(self, record: Record) -> None:
        """Put it on the roster; a half-made one is made."""
        try:
            self._roster.reserve(record.name, record.id)
        except Conflict:
            _log.error("container %s has the name %s of another one: it is shown by its id", record.id, record.name)
            record = msgspec.structs.replace(record, name=record.id[:12])
            self._roster.reserve(record.name, record.id)
        container = Container(record)
        container.kill_sent = record.stopped_by_user
        self._roster.add(container)
        try:
            self._creator.make(record)
        except (HutchError, OSError) as error:
            _log.error("container %s cannot be completed: %s", record.id, error)
            container.record = states.dead(record, str(error))

    async def _take_over(self, container: Container) -> None:
        folder = self._supervisor.run_folder(container.id)
        state = container.record.state.status
        if not os.path.isdir(folder) and state not in ("running", "paused", "restarting"):
            return
        try:
            await self._reconnect(container, folder)
        except (HutchError, OSError, TimeoutError) as error:
            _log.debug("container %s has no keeper: %s", container.id, error)
            await self._ended_meanwhile(container, folder)

    async def _reconnect(self, container: Container, folder: str) -> None:
        """Supervise a living keeper again. Raises when there is none, or it has nothing to keep."""
        sock = connect(f"{folder}/keeper.sock")
        watch = self._supervisor.watch(container)
        keeper = Keeper(sock, container.id, watch)
        try:
            status = await asyncio.wait_for(keeper.status(), PATIENCE)
        except BaseException:
            watch.over = True
            keeper.close()
            raise
        failpoint("recover.status")
        state = status.get("state")
        if state in ("running", "paused"):
            if await _thawed(keeper, folder):
                status["state"] = "running"
            self._running_on(container, keeper, status)
            return
        watch.over = True
        if state == "exited" and (ended := status.get("exit")):
            container.keeper = keeper
            self._exited(container, int(ended.get("code") or 0), bool(ended.get("oom")), int(ended.get("at") or 0))
            return
        await self._dismiss(container, keeper)
        await self._ended_meanwhile(container, folder)

    @staticmethod
    async def _dismiss(container: Container, keeper: Keeper) -> None:
        """Let the keeper go, and wait until it has: it removes the cgroup, which a start right after makes again."""
        keeper.release()
        container.former = keeper
        await container.alone()
        keeper.close()

    def _running_on(self, container: Container, keeper: Keeper, status: dict[str, Any]) -> None:
        """It lives: the record says so again, whatever the former daemon came to write."""
        record = container.record
        container.keeper = keeper
        attachment = self._networks.attachment(record.id)
        if attachment is None and record.endpoints:
            self._networks.adopt(Attachment.from_json(record.endpoints))
        if attachment is not None:
            record = msgspec.structs.replace(record, endpoints=attachment.to_json())
        if not record.running:
            record = states.started(record, int(status.get("pid") or 0), int(status.get("started") or 0))
        container.record = with_state(
            record,
            status="paused" if status.get("state") == "paused" else "running",
            pid=int(status.get("pid") or record.state.pid),
        )
        self._store.later(container.record)
        self._supervisor.begun(container)

    async def _ended_meanwhile(self, container: Container, folder: str) -> None:
        """No keeper: it has ended, or never began."""
        found, began = read_exit(folder), read_start(folder)
        await self.clean(container)
        if began > container.record.state.started_at:  # answered, and not recorded when daemon and keeper were killed
            container.record = states.started(container.record, 0, began)
        if container.record.running:
            self._exited(container, *(found or (137, False, 0)))
        elif container.record.state.status == "restarting":
            container.record = with_state(container.record, status="exited")
            self._store.later(container.record)

    def _exited(self, container: Container, code: int, oom: bool, at: int) -> None:
        if not container.record.running:
            container.record = states.started(container.record, 0, at)
        if oom:  # its keeper told nobody
            self._supervisor.oom(container)
        self._supervisor.exited(container, code, oom, at)

    async def clean(self, container: Container) -> None:
        """Have the launcher remove what a dead keeper left; a parked sandbox cannot do without its cgroup."""
        self._launcher.forgo(container.id)
        try:
            await self._launcher.clean(self._cgroup(container.record))
        except HutchError as error:
            _log.warning("cgroup of container %s: %s", container.id, error)

    async def _finish_removal(self, record: Record) -> None:
        container = Container(record)
        with suppress(HutchError, OSError):  # most have none any more
            sock = connect(f"{self._supervisor.run_folder(container.id)}/keeper.sock")
            watch = self._supervisor.watch(container)
            watch.over = True
            await self._dismiss(container, Keeper(sock, container.id, watch))
        await self.clean(container)
        await self._remover.finish(record)

    def _remove_ended(self) -> None:
        """Containers with ``--rm`` that do not run: the former daemon did not come to remove them."""
        for container in self._roster:
            if container.record.auto_remove and not container.record.running and container.cleaning is None:
                container.cleaning = self._supervisor.spawn(self._remover.auto(container))

    def _sweep(self, known: set[str]) -> None:
        """Remove folders and layers that no record names."""
        for root in (self._data_root, self._exec_root):
            base = os.path.join(root, "containers")
            for name in _entries(base):
                alive = self._roster.get(name)
                orphan = name not in known or (root == self._exec_root and not (alive and alive.record.running))
                if orphan and name not in self.others and not (alive is not None and alive.cleaning is not None):
                    shutil.rmtree(os.path.join(base, name), ignore_errors=True)
        for key in list(self._storage.keys()):
            if ids.is_full(key) and key not in known:
                try:
                    self._storage.remove(key)
                except (HutchError, OSError) as error:
                    _log.warning("layer %s belongs to nobody and cannot be removed: %s", key, error)

    async def start_by_policy(self) -> None:
        """Start what its restart policy wants to run while the daemon does; what has ``--rm`` is removed instead."""
        for container in self._roster:
            record = container.record
            if record.running or container.pending is not None or record.state.status in ("dead", "restarting"):
                continue
            if restart_policy.with_daemon(
                record.host.restart_policy,
                exit_code=record.state.exit_code,
                restarts=record.restart_count,
                has_run=record.has_run,
                stopped_by_user=record.stopped_by_user,
            ):
                self._supervisor.spawn(self._start(container))

    async def _start(self, container: Container) -> None:
        try:
            await self._starter.start(container)
        except (HutchError, OSError) as error:
            _log.warning("starting container %s with the daemon: %s", container.id, error)


async def _thawed(keeper: Keeper, folder: str) -> bool:
    """Whether the former daemon had frozen it to commit it; it runs on then."""
    mark = os.path.join(folder, MARK)
    if not os.path.lexists(mark):
        return False
    with suppress(HutchError):  # it was not frozen yet
        await keeper.ask("resume")
    os.unlink(mark)
    return True


def _entries(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except FileNotFoundError:
        return []
