"""The containers' records on disk: ``engine.db`` through ``storage/database.py``.

A change is handed to the writer thread and shares a commit with whatever else waits then. What must be durable before
it is done awaits :meth:`Store.save`; what only brings the file up to date uses :meth:`Store.later`, and waits a moment
for others: the start, the end and the removal of a short container are one commit. Changes of one container are written
in the order in which they were handed over.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import Future

import msgspec

from hutch.engine.record import Record, decode, encode
from hutch.storage.database import Database

MIGRATIONS = ("CREATE TABLE containers (id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;",)


PATIENCE = 0.005
"""Seconds that a change waits for others when nobody waits for it."""


class Store:
    """Load all, save one, forget one."""

    def __init__(self, path: str) -> None:
        """Open or make the file. Raises Conflict for a newer schema, OSError, sqlite3.Error."""
        self._database = Database(path, MIGRATIONS)
        self.damaged: list[str] = []
        """Ids whose record could not be read; they are left in the file for ``fsck``."""

    def load(self) -> list[Record]:
        """Every readable record."""
        out = []
        for name, data in self._database.query("SELECT id, record FROM containers"):
            try:
                out.append(decode(data))
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.damaged.append(name)
        return out

    def later(self, record: Record) -> Future[None]:
        """Write the record soon; what became of a container is written on a full disk too."""
        return self._write(record, sparing=True, patience=PATIENCE)

    def now(self, record: Record, *, sparing: bool = True) -> Future[None]:
        """Write the record; somebody waits until it is durable."""
        return self._write(record, sparing=sparing, patience=0.0)

    def _write(self, record: Record, *, sparing: bool, patience: float) -> Future[None]:
        data = encode(record)

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO containers VALUES (?, ?)", (record.id, data))

        return self._database.submit(work, sparing=sparing, patience=patience)

    async def save(self, record: Record) -> None:
        """Write the record and return when it is durable. Raises NoSpace."""
        await asyncio.wrap_future(self.now(record, sparing=False))

    def forget(self, container: str) -> Future[None]:
        """Remove the record soon."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM containers WHERE id = ?", (container,))

        return self._database.submit(work, sparing=True, patience=PATIENCE)

    def close(self) -> None:
        """Write what waits and close the file."""
        self._database.close()
