"""What a new daemon makes of the records and folders of the former one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec

from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.record import Record, State
from hutch.engine.recover import Recovery
from hutch.engine.roster import Roster
from hutch.engine.store import Store
from hutch.engine.supervise import Supervisor, note_start
from hutch.model.errors import Unavailable
from hutch.model.host_config import HostConfig, RestartPolicy
from hutch.storage.vfs import Vfs
from unit.engine.make import record, running


class Around:
    """The rooms around: they note what they are asked for."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.cleaned: list[str] = []
        self.started: list[str] = []
        self.finished: list[str] = []
        self.live: set[str] = set()
        self.claimed: list[str] = []

    def make(self, value: Record) -> None:
        self.made.append(value.name)

    async def clean(self, cgroup: str) -> None:
        self.cleaned.append(cgroup)
        if cgroup.endswith("bad"):
            raise Unavailable("no launcher")

    def forgo(self, name: str) -> None:
        return None

    async def start(self, container: Container) -> None:
        self.started.append(container.record.name)

    async def finish(self, value: Record) -> None:
        self.finished.append(value.name)

    async def recover(self, live: set[str]) -> None:
        self.live = live


def recovered(tmp_path: Path, *records: Record) -> tuple[Roster, Around, Vfs]:
    """Run a recovery over these records."""

    async def run() -> tuple[Roster, Around, Vfs]:
        store, around, roster = Store(f"{tmp_path}/engine.db"), Around(), Roster()
        for value in records:
            await store.save(value)
        storage = Vfs(str(tmp_path))
        storage.prepare("f" * 64, None)
        for value in records:
            storage.prepare(value.id, None)
        actions = {"release": _nothing, "restart": _nothing, "remove": around.start, "clean": around.start}
        supervisor = Supervisor(store, Events(), f"{tmp_path}/run", **actions, begun=lambda _: None)
        parts: dict[str, Any] = dict.fromkeys(("creator", "starter", "remover", "networks", "launcher"), around)
        recovery = Recovery(
            roster=roster, store=store, supervisor=supervisor, storage=storage, cgroup=lambda r: f"/hutch/{r.name}",
            data_root=str(tmp_path), exec_root=f"{tmp_path}/run", **parts,
        )  # fmt: skip
        await recovery.run()
        await recovery.start_by_policy()
        supervisor.closing = True
        await supervisor.settle()
        store.close()
        storage.close()
        return roster, around, storage

    return asyncio.run(run())


async def _nothing(container: Container) -> None:
    return None


def states(roster: Roster) -> dict[str, tuple[str, int]]:
    return {c.record.name: (c.record.state.status, c.record.state.exit_code) for c in roster}


def test_who_ran_and_has_no_keeper_ended(tmp_path: Path) -> None:
    told = tmp_path / "run" / "containers" / running(2).id
    told.mkdir(parents=True)
    (told / "exit.json").write_text(json.dumps({"code": 5, "signal": 0, "oom": False, "at": 9}))
    roster, around, _ = recovered(tmp_path, running(1), running(2), record(3))
    assert states(roster) == {"c1": ("exited", 137), "c2": ("exited", 5), "c3": ("created", 0)}
    assert sorted(around.cleaned) == ["/hutch/c1", "/hutch/c2"]
    assert around.live == set()
    assert around.made == ["c1", "c2", "c3"], "what was recorded is complete on disk"


def test_a_start_that_was_answered_counts_though_it_is_not_recorded(tmp_path: Path) -> None:
    """Daemon and keeper were killed together, before the record was on disk."""
    known = running(3)
    for one, began in ((record(1), 7), (record(2), 0), (known, known.state.started_at)):
        folder = tmp_path / "run" / "containers" / one.id
        folder.mkdir(parents=True)
        if began:
            note_start(str(folder), began)
    ended = msgspec.structs.replace(known, state=msgspec.structs.replace(known.state, status="exited", exit_code=3))
    roster, _, _ = recovered(tmp_path, record(1), record(2), ended)
    assert states(roster) == {"c1": ("exited", 137), "c2": ("created", 0), "c3": ("exited", 3)}
    assert next(c for c in roster if c.record.name == "c1").record.state.started_at == 7


def test_a_removal_is_finished(tmp_path: Path) -> None:
    roster, around, _ = recovered(tmp_path, record(1, state=State(status="removing")))
    assert states(roster) == {}
    assert (around.finished, around.cleaned) == (["c1"], ["/hutch/c1"])


def test_what_is_on_another_storage_driver_is_left_alone(tmp_path: Path) -> None:
    folders = [tmp_path / root / "containers" / running(1).id for root in ("", "run")]
    for folder in folders:
        folder.mkdir(parents=True)
    other = msgspec.structs.replace(running(1), driver="overlay2")
    roster, around, storage = recovered(tmp_path, other, record(2))
    assert states(roster) == {"c2": ("created", 0)}
    assert around.live == {other.id} and around.cleaned == [] and around.made == ["c2"]
    assert all(folder.is_dir() for folder in folders) and storage.keys() == [running(1).id, record(2).id]


def test_folders_and_layers_of_nobody_go(tmp_path: Path) -> None:
    kept, orphan = tmp_path / "containers" / record(1).id, tmp_path / "containers" / ("e" * 64)
    run = tmp_path / "run" / "containers" / ("d" * 64)
    for folder in (kept, orphan, run):
        folder.mkdir(parents=True)
    _, _, storage = recovered(tmp_path, record(1))
    assert kept.exists() and not orphan.exists() and not run.exists()
    assert storage.keys() == [record(1).id]


def test_policies_start_what_they_must(tmp_path: Path) -> None:
    def host(policy: str) -> HostConfig:
        return HostConfig(network_mode="none", restart_policy=RestartPolicy(name=policy))

    ended = State(status="exited", exit_code=1)
    records = [
        record(1, host=host("always"), state=ended, has_run=True),
        record(2, host=host("no"), state=ended, has_run=True),
        record(3, host=host("unless-stopped"), state=ended, has_run=True, stopped_by_user=True),
        record(4, host=host("always"), has_run=False),
    ]
    _, around, _ = recovered(tmp_path, *records)
    assert around.started == ["c1"]


def test_two_of_one_name_are_both_there(tmp_path: Path) -> None:
    roster, _, _ = recovered(tmp_path, record(1), record(2, name="c1"))
    assert sorted(states(roster)) == sorted(["c1", record(2).id[:12]])
