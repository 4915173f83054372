"""What follows an end."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from hutch.engine import supervise, wait
from hutch.engine.container import Container
from hutch.engine.record import with_state
from hutch.engine.supervise import read_exit
from hutch.model.host_config import HostConfig, RestartPolicy
from unit.engine.world import World


def host(policy: str = "no", *, remove: bool = False) -> HostConfig:
    return HostConfig(network_mode="none", auto_remove=remove, restart_policy=RestartPolicy(name=policy))


def test_an_end_is_told_before_it_is_cleaned_up(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, host=host())
        go_on = asyncio.Event()

        async def slow(container: Container) -> None:
            await go_on.wait()
            world.done.append(("release", container.record.name))

        world.instead["release"] = slow
        ended = world.container.next_exit()
        world.exit(3)
        record = await ended
        assert (record.state.status, record.state.exit_code) == ("exited", 3)
        assert world.done == []
        go_on.set()
        await world.container.cleaned()
        assert world.done == [("release", "c1")]
        await asyncio.sleep(0.1)
        assert world.asked[-1]["op"] == "release", "the keeper is let go when the record is written"
        await world.end()

    asyncio.run(run())


def test_what_a_run_left_stays_until_its_end_is_on_disk(tmp_path: Path) -> None:
    """A daemon that dies before has its successor read it there."""

    async def run() -> None:
        world = World(tmp_path, host=host())
        folder = Path(world.supervisor.run_folder(world.container.id))
        folder.mkdir(parents=True)
        with closing(sqlite3.connect(tmp_path / "engine.db")) as other:
            other.execute("BEGIN IMMEDIATE")  # nobody else can write
            ended = world.container.next_exit()
            world.exit(3)
            await ended
            await world.container.cleaned()
            assert world.done == [("release", "c1")] and folder.is_dir()
            other.rollback()
        for _ in range(100):
            await asyncio.sleep(0.05)
            if not folder.exists():
                break
        assert not folder.exists()
        await world.end()

    asyncio.run(run())


def test_policies_and_auto_remove(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, host=host("always"))
        world.exit(0)
        await world.container.next_exit()
        assert world.container.record.state.status == "restarting"
        assert world.container.record.restart_count == 1
        await asyncio.sleep(0.3)
        assert ("restart", "c1") in world.done
        await world.end()

    asyncio.run(run())


def test_auto_remove(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, host=host(remove=True))
        world.exit(0)
        await world.container.next_exit()
        await world.container.cleaned()
        assert world.done == [("release", "c1"), ("remove", "c1")]
        await world.end()

    asyncio.run(run())


def test_a_short_life_can_still_be_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "LINGER", 1000.0)

    async def run() -> None:
        world = World(tmp_path, host=host(remove=True))
        begins_now(world.container)
        world.exit(4)
        await world.container.next_exit()
        for _ in range(100):
            await asyncio.sleep(0)
        assert ("remove", "c1") not in world.done, "it lingers"
        assert (await wait.answer(wait.begin(world.container, "not-running")))["StatusCode"] == 4
        await world.container.cleaned()
        assert world.done[-1] == ("remove", "c1")
        await world.end()

    asyncio.run(run())


def test_a_longer_life_is_over_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, host=host(remove=True))
        world.exit(0)
        await world.container.next_exit()
        for _ in range(100):
            await asyncio.sleep(0)
        assert world.done[-1] == ("remove", "c1")
        await world.end()

    asyncio.run(run())


def begins_now(container: Container) -> None:
    container.record = with_state(container.record, started_at=time.time_ns())


def test_who_ends_it_by_hand_waits_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "LINGER", 1000.0)

    async def run() -> None:
        world = World(tmp_path, host=host(remove=True))
        begins_now(world.container)
        world.container.kill_sent = True
        world.exit(137)
        await world.container.next_exit()
        await world.container.cleaned()
        assert world.done[-1] == ("remove", "c1")
        await world.end()

    asyncio.run(run())


@pytest.mark.parametrize(("written", "code"), [('{"code":5,"signal":0,"at":7}', 5), (None, 137)])
def test_a_keeper_that_is_gone(tmp_path: Path, written: str | None, code: int) -> None:
    async def run() -> None:
        world = World(tmp_path, host=host())
        folder = Path(world.supervisor.run_folder(world.container.id))
        if written:
            folder.mkdir(parents=True)
            (folder / "exit.json").write_text(written)
        ended = world.container.next_exit()
        asyncio.get_running_loop().remove_reader(world.far.sock.fileno())
        world.far.sock.shutdown(2)
        assert (await ended).state.exit_code == code
        await world.container.cleaned()
        assert (("clean", "c1") in world.done) is (written is None)
        await world.end()

    asyncio.run(run())


def test_damaged_exit_files(tmp_path: Path) -> None:
    assert read_exit(str(tmp_path)) is None
    (tmp_path / "exit.json").write_text("{")
    assert read_exit(str(tmp_path)) is None
