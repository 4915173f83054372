"""A monitor over a container whose keeper is played by the test."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from hutch.engine.exec import Execs
from hutch.engine.health import Monitors
from hutch.engine.record import Health, with_state
from hutch.model.container import Config, HealthConfig
from unit.engine.world import World

MS = 1_000_000


class Process:
    """Builds no process that anybody looks at."""

    def exec_process(self, record: Any, asked: Any) -> dict[str, Any]:
        return {"args": asked.cmd}


def watched(world: World, asked: Any) -> None:
    monitors = Monitors(Execs(world.roster, world.events, Process()), world.events, world.store)
    world.answers = asked
    world.container.record = with_state(world.container.record, health=Health(status="starting"))
    monitors.begin(world.container)


def config(**fields: int) -> Config:
    return Config(healthcheck=HealthConfig(test=["CMD", "check"], interval=5 * MS, **fields))


async def status(world: World, wanted: str) -> Health:
    for _ in range(400):
        health = world.container.record.state.health
        if health is not None and health.status == wanted:
            return health
        await asyncio.sleep(0.01)
    raise AssertionError(world.container.record.state.health)


def test_results_become_the_status(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, config=config(retries=2))
        code = 1

        def answer(message: dict[str, Any]) -> None:
            if message["op"] == "exec":
                world.far.send({"event": "exec-started", "exec": message["exec"], "pid": 5})
                world.far.send({"event": "exec-exit", "exec": message["exec"], "code": code, "signal": 0})

        watched(world, answer)
        unhealthy = await status(world, "unhealthy")
        assert [each.exit_code for each in unhealthy.log][:2] == [1, 1]
        code = 0
        await status(world, "healthy")
        assert [a for a in world.actions() if a.startswith("health")] == [
            "health_status: unhealthy",
            "health_status: healthy",
        ]
        world.container.unwatch()
        await world.end()

    asyncio.run(run())


def test_one_that_hangs_is_killed(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, config=config(retries=1, timeout=20 * MS))

        def answer(message: dict[str, Any]) -> None:
            if message["op"] == "exec":
                world.far.send({"event": "exec-started", "exec": message["exec"], "pid": 5})

        watched(world, answer)
        health = await status(world, "unhealthy")
        assert (health.log[-1].exit_code, health.log[-1].output) == (-1, "Health check exceeded timeout (20ms)")
        assert any(m["op"] == "exec-signal" and m["sig"] == 9 for m in world.asked)
        world.container.unwatch()
        await world.end()

    asyncio.run(run())


def test_one_without_a_check_is_left_alone(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        watched(world, None)
        assert world.container.monitor is None
        await world.end()

    asyncio.run(run())
