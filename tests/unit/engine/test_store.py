"""Records on disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hutch.engine.store import Store
from unit.engine.make import record, running


def test_saved_changed_forgotten(tmp_path: Path) -> None:
    async def run() -> None:
        store = Store(f"{tmp_path}/engine.db")
        await store.save(record(1))
        store.later(record(2))
        store.later(running(2))
        await store.save(record(3))
        store.forget(record(3).id)
        store.close()

    asyncio.run(run())
    again = Store(f"{tmp_path}/engine.db")
    assert sorted(again.load(), key=lambda r: r.id) == [record(1), running(2)]
    again.close()


def test_a_damaged_record_does_not_hide_the_others(tmp_path: Path) -> None:
    store = Store(f"{tmp_path}/engine.db")
    store.later(record(1)).result(5)
    store._database.execute("INSERT INTO containers VALUES ('broken', ?)", (b"{",))
    assert store.load() == [record(1)]
    assert store.damaged == ["broken"]
    store.close()
