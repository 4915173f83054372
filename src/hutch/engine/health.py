"""Health checks at work: one task for each running container that has one, as long as it runs.

A result is known to everybody at once and written down with the next change of the record; a changed status is
written at once. Of a paused container nothing is asked.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextlib import suppress

from hutch.engine import probes
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.exec import NOT_STARTED, Asked, Execs, Process
from hutch.engine.probes import Plan
from hutch.engine.record import Health, Probe, with_state
from hutch.engine.store import Store
from hutch.model.errors import HutchError

_log = logging.getLogger(__name__)
_HEAD = 8
_KILL = 9


class Monitors:
    """Begins to watch over the health of containers."""

    def __init__(self, execs: Execs, events: Events, store: Store) -> None:
        self._execs = execs
        self._events = events
        self._store = store

    def begin(self, container: Container) -> None:
        """It runs: probe it from now on, until it does not, or :meth:`Container.unwatch` is called."""
        container.unwatch()
        plan = probes.plan(container.record.config)
        if plan is not None:
            container.monitor = asyncio.get_running_loop().create_task(self._watch(container, plan))

    async def _watch(self, container: Container, plan: Plan) -> None:
        while (health := container.record.state.health) is not None and container.record.running:
            await asyncio.sleep(probes.wait(plan, health, _ran(container)) / 1e9)
            if container.record.state.status != "running":
                continue
            try:
                await self._once(container, plan)
            except Exception:
                _log.exception("health check of container %s", container.id)

    async def _once(self, container: Container, plan: Plan) -> None:
        ran, start = _ran(container), time.time_ns()
        code, output = await self._probe(container, plan)
        health = container.record.state.health
        if health is None or not container.record.running:
            return
        probe = Probe(start=start, end=time.time_ns(), exit_code=code, output=output)
        self._take(container, health, probes.after(health, plan, probe, ran))

    def _take(self, container: Container, before: Health, after: Health) -> None:
        container.record = with_state(container.record, health=after)
        if after.status != before.status:
            self._store.later(container.record)
            self._events.container(container.record, f"health_status: {after.status}")

    async def _probe(self, container: Container, plan: Plan) -> tuple[int, str]:
        """Exit code and output; -1 for a process that could not be started or did not end in time."""
        process = self._execs.add(container, Asked(cmd=list(plan.command), attach_stdout=True, attach_stderr=True))
        output = bytearray()
        try:
            async with asyncio.timeout(plan.timeout / 1e9):
                code = await self._run(container, process, output)
        except TimeoutError:
            await _kill(container, process)
            return -1, probes.late(plan.timeout, _text(output))
        except (HutchError, OSError) as error:
            process.ended(NOT_STARTED)
            container.execs.pop(process.id, None)
            return -1, str(error)
        return code, _text(output)

    async def _run(self, container: Container, process: Process, output: bytearray) -> int:
        ours, theirs = socket.socketpair()
        try:
            ours.setblocking(False)
            try:
                await self._execs.run(process, container, theirs.fileno())
            finally:
                theirs.close()
            await _collect(ours, output)
            return await process.end()
        finally:
            ours.close()


async def _collect(sock: socket.socket, output: bytearray) -> None:
    """Append what comes in frames (Engine API, attach) until the end; what is more than is kept is let go."""
    loop, data = asyncio.get_running_loop(), b""
    while more := await loop.sock_recv(sock, 1 << 16):
        data += more
        while len(data) >= _HEAD and len(data) >= (end := _HEAD + int.from_bytes(data[4:_HEAD], "big")):
            room = max(0, probes.MOST_OUTPUT + 1 - len(output))
            output += data[_HEAD : min(end, _HEAD + room)]
            data = data[end:]


def _text(output: bytearray) -> str:
    kept = bytes(output[: probes.MOST_OUTPUT]).decode(errors="replace")
    return kept + "..." if len(output) > probes.MOST_OUTPUT else kept


async def _kill(container: Container, process: Process) -> None:
    with suppress(HutchError):  # it may have ended in this moment
        if container.keeper is not None and process.running:
            await container.keeper.ask("exec-signal", exec=process.id, sig=_KILL)


def _ran(container: Container) -> int:
    return max(0, time.time_ns() - container.record.state.started_at)
