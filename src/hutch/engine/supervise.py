"""What follows when something happens in a keeper: records, events, waiters, restart or removal.

The exit is published first and cleaned up afterwards: who waits for a container does not wait for its network to be
taken down. The keeper is let go only when the exit is on disk, so that a daemon killed in between finds it again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from hutch.engine import restart_policy, states
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.keeper import Keeper
from hutch.engine.record import replace
from hutch.engine.store import Store
from hutch.linux.failpoint import failpoint
from hutch.linux.reasons import text_of
from hutch.model.errors import HutchError

STARTED = "started"
_log = logging.getLogger(__name__)
LINGER = 0.5
"""Seconds from its start on that a container with ``--rm`` is there, whoever has not asked for its exit code yet."""
AGAIN = (0.2, 2.0, 20.0)
"""Seconds between attempts to give back what could not be given back at an end; then the next start or daemon does."""
Action = Callable[[Container], Coroutine[Any, Any, None]]


class Supervisor:
    """Watches every running container of the daemon."""

    def __init__(
        self,
        store: Store,
        events: Events,
        exec_root: str,
        *,
        release: Action,
        restart: Action,
        remove: Action,
        clean: Action,
        begun: Callable[[Container], None],
    ) -> None:
        """``release`` gives back what is held only while running (idempotent), ``restart`` starts again by policy,
        ``remove`` removes after the end, ``clean`` cleans up after a dead keeper; ``begun`` hears of every container
        that begins to run, or is found running."""
        self._store = store
        self._events = events
        self._exec_root = exec_root
        self._tasks: set[asyncio.Task[None]] = set()
        self.closing = False
        """The daemon ends: keepers that vanish from sight are not lost."""
        self._release = release
        self._restart = restart
        self.remove = remove
        self._clean = clean
        self.begun = begun

    def watch(self, container: Container) -> Watch:
        """The watcher for one run of the container."""
        return Watch(self, container)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run ``work`` beside everything else; its error is logged, and :meth:`settle` waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("background work failed", exc_info=error)

    async def settle(self) -> None:
        """Wait until nothing goes on in the background."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def started(self, container: Container, pid: int, at: int) -> None:
        """Its process runs."""
        at = at or time.time_ns()
        container.record = states.started(container.record, pid, at)
        self._store.now(container.record)  # a start that was answered is not to be forgotten
        note_start(self.run_folder(container.id), at)  # nor until that is on disk: the folder is in memory
        self._events.container(container.record, "start")
        self.begun(container)

    def exited(self, container: Container, code: int, oom: bool, at: int) -> None:
        """Its process has ended with ``code`` (128 + n for a signal); that memory ran out was told by :meth:`oom`."""
        before = container.record
        if not before.running:
            return
        failpoint("exit.seen")
        container.unwatch()
        at = at or time.time_ns()
        ran = max(0, at - before.state.started_at) / 1e9
        decision = restart_policy.decide(
            before.host.restart_policy,
            exit_code=code,
            restarts=before.restart_count,
            stopped_by_user=container.kill_sent,
            last_wait=container.wait_before,
            ran=ran,
        )
        after = states.exited(before, code, oom, at)
        if decision.again:
            after = states.restarting(after)
        container.record = replace(after, stopped_by_user=container.kill_sent or after.stopped_by_user)
        self._save(container)
        self._events.container(after, "die", execDuration=str(int(ran)), exitCode=str(code))
        container.cleaning = self.spawn(self._after_exit(container, decision))
        container.tell_exit()

    def _save(self, container: Container) -> None:
        """Write the record, and let the keeper go when it is written."""
        loop = asyncio.get_running_loop()
        keeper, container.keeper = container.keeper, None
        saved = container.saved = self._store.later(container.record)
        if keeper is not None:
            container.former = keeper
        saved.add_done_callback(lambda _: loop.call_soon_threadsafe(self._on_disk, container, keeper))

    def _on_disk(self, container: Container, keeper: Keeper | None) -> None:
        """The end of a run is on disk: the next daemon needs neither the keeper nor its files."""
        if keeper is not None:
            keeper.release()
        if not (container.held or container.operation or container.record.running):
            self._forget_run(container)

    def _forget_run(self, container: Container) -> None:
        """Remove what the last run left in the exec root, unless its end is not on disk or its removal follows."""
        saved = container.saved
        if saved is not None and (not saved.done() or saved.exception() is not None):
            return
        if not container.record.auto_remove:  # else the removal sweeps it, behind its answer
            shutil.rmtree(self.run_folder(container.id), ignore_errors=True)

    async def _after_exit(self, container: Container, decision: restart_policy.Decision) -> None:
        for process in container.execs.values():
            if process.running:
                process.ended(137)  # the end of the container was its end
        container.execs.clear()
        try:
            async with container.turn("clean up"):
                await self.give_back(container)
        except HutchError as error:
            _log.error("cleaning up after container %s: %s", container.id, error)
        self._give_back_later(container, AGAIN)
        if container.record.state.status == "restarting":
            container.wait_before = decision.wait
            loop = asyncio.get_running_loop()
            container.pending = loop.call_later(decision.wait, lambda: self.spawn(self._again(container)))
        elif container.record.auto_remove and not container.keep:
            await self._linger(container)
            await self.remove(container)

    async def _linger(self, container: Container) -> None:
        """docker-py's ``run(auto_remove=True)`` starts first and then asks for the output and the exit code: a short
        life must not be over and forgotten by then. Whoever ends a container by hand waits for nothing."""
        left = LINGER - (time.time_ns() - container.record.state.started_at) / 1e9
        if left > 0 and not (container.kill_sent or container.record.stopped_by_user or self.closing):
            with suppress(TimeoutError):
                await asyncio.wait_for(container.waited.wait(), min(left, LINGER))

    async def give_back(self, container: Container) -> None:
        """Release what it held only while it ran. What fails is tried once more, and again by its removal."""
        container.held = True
        for _ in range(2):
            try:
                failpoint("exit.clean")
                await self._release(container)
                container.held = False
                self._forget_run(container)
                return
            except (HutchError, OSError) as error:
                _log.error("cleaning up after container %s: %s", container.id, text_of(error))

    def _give_back_later(self, container: Container, waits: Sequence[float]) -> None:
        """Try again what failed, whether the container is still there or not: nobody else may want its port."""

        async def work() -> None:
            async with container.turn("clean up"):
                if container.held and not container.record.running:
                    await self.give_back(container)
            self._give_back_later(container, waits[1:])

        def begin() -> None:
            if container.held and not self.closing:
                self.spawn(work())

        if container.held and waits:
            asyncio.get_running_loop().call_later(waits[0], begin)

    async def _again(self, container: Container) -> None:
        """The restart that the policy has planned."""
        container.pending = None
        if container.record.state.status != "restarting" or self.closing:
            return
        try:
            await self._restart(container)
        except (HutchError, OSError) as error:
            _log.warning("restarting container %s: %s", container.id, error)

    def lost(self, container: Container) -> None:
        """Its keeper is gone without a word: read what it left, or take the container for killed."""
        if self.closing or not container.record.running:
            return
        container.keeper = None
        found = read_exit(self.run_folder(container.id))
        if found is None:
            _log.error("the keeper of container %s is gone", container.id)
            container.clearing = self.spawn(self._clean(container))
            found = (137, False, time.time_ns())
        if found[1]:
            self.oom(container)
        self.exited(container, *found)

    def run_folder(self, container: str) -> str:
        """The container's folder in the exec root: bundle, keeper's files."""
        return os.path.join(self._exec_root, "containers", container)

    def oom(self, container: Container) -> None:
        """The kernel killed something in it."""
        self._events.container(container.record, "oom")

    def detached(self, container: Container, seq: int, reason: str) -> None:
        """An attached client left."""
        known = seq in container.attachments
        container.attachments.discard(seq)
        if known and reason == "keys":
            self._events.container(container.record, "detach")

    def exec_exited(self, container: Container, exec_id: str, code: int) -> None:
        """A further process has ended."""
        process = container.execs.get(exec_id)
        if process is not None:
            process.ended(code)
            self._events.container(container.record, "exec_die", execID=exec_id, exitCode=str(code))


class Watch:
    """Tells the supervisor what happens to one container in one run."""

    def __init__(self, supervisor: Supervisor, container: Container) -> None:
        self._supervisor = supervisor
        self._container = container
        self.over = False
        """Nothing more counts: the start failed, or the container has ended."""

    def started(self, pid: int, at: int) -> None:
        """See :class:`~hutch.engine.keeper.Watcher`."""
        if not self.over:
            self._supervisor.started(self._container, pid, at)

    def exited(self, code: int, signal: int, oom: bool, at: int) -> None:
        """See :class:`~hutch.engine.keeper.Watcher`."""
        if not self.over:
            self.over = True
            self._supervisor.exited(self._container, states.exit_code(code, signal), oom, at)

    def oom(self) -> None:
        """See :class:`~hutch.engine.keeper.Watcher`."""
        self._supervisor.oom(self._container)

    def detached(self, seq: int, reason: str) -> None:
        """See :class:`~hutch.engine.keeper.Watcher`."""
        self._supervisor.detached(self._container, seq, reason)

    def exec_exited(self, exec_id: str, code: int) -> None:
        """See :class:`~hutch.engine.keeper.Watcher`."""
        self._supervisor.exec_exited(self._container, exec_id, code)

    def lost(self) -> None:
        """See :class:`~hutch.engine.keeper.Watcher`."""
        if not self.over:
            self.over = True
            self._supervisor.lost(self._container)


def note_start(folder: str, at: int) -> None:
    """Note in the run's folder that it began at ``at``, for a daemon that finds neither record nor keeper."""
    with suppress(OSError), open(os.path.join(folder, STARTED), "wb", buffering=0) as file:
        file.write(b"%d" % at)


def read_start(folder: str) -> int:
    """What :func:`note_start` has noted; 0 when the run has not begun."""
    try:
        with open(os.path.join(folder, STARTED), "rb") as file:
            return int(file.read(32))
    except (OSError, ValueError):
        return 0


def read_exit(folder: str) -> tuple[int, bool, int] | None:
    """(exit code, out of memory, when) as the keeper wrote it down; None if it did not."""
    try:
        with open(os.path.join(folder, "exit.json"), "rb") as file:
            value = msgspec.json.decode(file.read(65536), type=dict[str, Any])
        code = states.exit_code(int(value.get("code") or 0), int(value.get("signal") or 0))
        return code, bool(value.get("oom")), int(value.get("at") or 0)
    except (OSError, msgspec.DecodeError, ValueError):
        return None
