from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.engine import update
from hutch.engine.machine import machine
from hutch.model.errors import Conflict, Invalid
from hutch.model.host_config import HostConfig, RestartPolicy
from unit.engine.world import World

HOST = HostConfig(memory=100 << 20, memory_swap=200 << 20, pids_limit=5, cpu_shares=7)


def test_what_is_not_named_stays() -> None:
    after = update.merge(HOST, HostConfig(cpu_shares=9))
    assert (after.cpu_shares, after.memory, after.pids_limit) == (9, 100 << 20, 5)
    assert HOST.cpu_shares == 7, "the record's own value is never changed"


def test_a_limit_of_processes_can_be_lifted() -> None:
    after = update.merge(HOST, HostConfig(pids_limit=0))
    assert after.pids_limit == 0
    assert update.in_force(after)["pids"] == {"limit": -1}
    assert "devices" not in update.in_force(after)


@pytest.mark.parametrize(
    ("host", "asked", "error"),
    [
        (HOST, HostConfig(memory=300 << 20), "Memory limit should be smaller than already set memoryswap limit"),
        (HostConfig(nano_cpus=1), HostConfig(cpu_quota=5000), "CPU Quota cannot be updated as NanoCPUs"),
        (HostConfig(cpu_period=1), HostConfig(nano_cpus=5), "Nano CPUs cannot be updated as CPU Period"),
        (
            HostConfig(auto_remove=True),
            HostConfig(restart_policy=RestartPolicy(name="always")),
            "AutoRemove is enabled",
        ),
    ],
)
def test_what_does_not_go_together(host: HostConfig, asked: HostConfig, error: str) -> None:
    with pytest.raises(Conflict, match=error):
        update.merge(host, asked)


def test_a_running_container_is_told_through_its_keeper(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, host=HostConfig(network_mode="none"))
        facts = machine()
        answer = await update.update(
            world.container, world.events, world.store, facts, {"PidsLimit": 9, "RestartPolicy": {"Name": "always"}}
        )
        assert answer == {"Warnings": None}
        assert world.asked[-1]["op"] == "update" and world.asked[-1]["resources"]["pids"] == {"limit": 9}
        assert world.container.record.host.restart_policy.name == "always"
        assert world.actions() == ["update"]
        with pytest.raises(Invalid, match="unknown policy 'foo'"):
            body = {"RestartPolicy": {"Name": "foo"}}
            await update.update(world.container, world.events, world.store, facts, body)
        await world.end()

    asyncio.run(run())
