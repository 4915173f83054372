from __future__ import annotations

import os
import sqlite3
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from hutch.model.errors import Conflict
from hutch.storage.database import Database

SCHEMA = ["CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT) STRICT; CREATE INDEX i ON t (v);"]


def test_records_survive_and_schemas_advance(tmp_path: Path) -> None:
    path = str(tmp_path / "x.db")
    first = Database(path, SCHEMA)
    first.execute("INSERT INTO t VALUES (?, ?)", ("a", "1"))
    first.close()
    second = Database(path, [*SCHEMA, "ALTER TABLE t ADD COLUMN w TEXT DEFAULT 'new; one';"])
    assert second.query("SELECT * FROM t") == [("a", "1", "new; one")]
    assert second.query("PRAGMA synchronous") == [(2,)]
    assert second.query("PRAGMA journal_mode") == [("wal",)]
    assert second.quarantined is None
    second.close()
    assert os.stat(path).st_mode & 0o777 == 0o600
    with pytest.raises(Conflict, match="schema version 2"):
        Database(path, SCHEMA)


def test_a_transaction_is_whole(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "x.db"), SCHEMA)
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        connection.execute("INSERT INTO t VALUES ('a', '1')")
        with database.transaction() as inner:
            inner.execute("INSERT INTO t VALUES ('b', '1')")
        _ = 1 / 0
    assert database.query("SELECT * FROM t") == []
    database.close()


@pytest.mark.parametrize("damage", ["header", "middle", "text"])
def test_a_damaged_file_is_put_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "x.db"
    database = Database(str(path), SCHEMA)
    with database.transaction() as connection:
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(str(n), "v" * 50) for n in range(2000)])
    database.close()
    raw = bytearray(path.read_bytes())
    if damage == "header":
        raw[:100] = b"\xff" * 100
    elif damage == "middle":
        raw[4096:] = b"\x5a" * (len(raw) - 4096)
    else:
        raw[:] = b"not a database at all\n" * 100
    path.write_bytes(raw)
    again = Database(str(path), SCHEMA)
    assert again.query("SELECT * FROM t") == []
    assert again.quarantined is not None and Path(again.quarantined).read_bytes() == bytes(raw)
    again.close()


def test_group_commit(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "x.db"), SCHEMA)

    def insert(key: str) -> object:
        return database.submit(lambda c: c.execute("INSERT INTO t VALUES (?, '')", (key,)).rowcount)

    futures = [
        database.submit(lambda c, n=n: c.execute("INSERT INTO t VALUES (?, '')", (str(n),)).rowcount)
        for n in range(300)
    ]  # type: ignore[misc]
    clash = database.submit(lambda c: c.execute("INSERT INTO t VALUES ('5', '')"))
    assert [f.result(30) for f in futures] == [1] * 300
    with pytest.raises(sqlite3.IntegrityError):
        clash.result(30)
    threads = [threading.Thread(target=insert, args=(f"t{n}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    again = Database(str(tmp_path / "x.db"), SCHEMA)
    assert again.query("SELECT count(*) FROM t") == [(320,)]
    again.close()


def test_patient_works_wait_for_others_and_no_longer(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "x.db"), SCHEMA)
    commits: list[None] = []
    database._connection.set_trace_callback(lambda sql: commits.append(None) if sql == "COMMIT" else None)

    def insert(key: str, patience: float = 0.0) -> Future[int]:
        return database.submit(lambda c: c.execute("INSERT INTO t VALUES (?, '')", (key,)).rowcount, patience=patience)

    patient = [insert("a", 3600.0), insert("b", 3600.0)]
    assert insert("c").result(30) == 1
    assert [future.result(30) for future in patient] == [1, 1]
    assert len(commits) == 1
    assert insert("d", 0.01).result(30) == 1
    last = insert("e", 3600.0)
    database.close()
    assert last.result(0) == 1


def test_who_submits_does_not_wait_for_a_transaction(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "x.db"), SCHEMA)
    with database.transaction(), ThreadPoolExecutor(1) as other:
        future = other.submit(database.submit, lambda c: c.execute("SELECT 1").fetchone()).result(30)
        assert not future.done()
    assert future.result(30) == (1,)
    database.close()
