"""``volumes.db``: which volumes there are and which containers use them."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass

from hutch.storage.database import Database

MIGRATIONS = [
    """
    CREATE TABLE volumes (name TEXT PRIMARY KEY, created TEXT NOT NULL, labels TEXT);
    CREATE TABLE uses (
        volume TEXT NOT NULL REFERENCES volumes (name), container TEXT NOT NULL, PRIMARY KEY (volume, container)
    );
    CREATE INDEX uses_by_container ON uses (container);
    """,
    "ALTER TABLE volumes ADD COLUMN options TEXT;",
]


_COLUMNS = "name, created, labels, options"


@dataclass(frozen=True, slots=True)
class Record:
    """One volume."""

    name: str
    created: str
    """RFC 3339."""
    labels: dict[str, str] | None
    options: dict[str, str] | None = None
    """Of the driver."""


class VolumeStore:
    """The records; every change is durable when the call returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Record | None:
        """The volume of this name."""
        rows = self._database.query(f"SELECT {_COLUMNS} FROM volumes WHERE name = ?", (name,))  # noqa: S608
        return _record(rows[0]) if rows else None

    def all(self) -> list[Record]:
        """All volumes by name."""
        rows = self._database.query(f"SELECT {_COLUMNS} FROM volumes ORDER BY name")  # noqa: S608
        return [_record(row) for row in rows]

    def add(self, record: Record) -> None:
        """Write a volume down, unless there is one of this name."""
        labels, options = (None if pairs is None else json.dumps(pairs) for pairs in (record.labels, record.options))
        values = (record.name, record.created, labels, options)
        self._database.execute(f"INSERT OR IGNORE INTO volumes ({_COLUMNS}) VALUES (?, ?, ?, ?)", values)  # noqa: S608

    def together(self, *, sparing: bool = False) -> AbstractContextManager[object]:
        """What is written in the block is durable when it ends, all of it or nothing; a ``sparing`` block removes
        something, and has room on a full disk."""
        return self._database.transaction(sparing=sparing)

    def delete(self, name: str) -> bool:
        """Strike a volume out unless a container uses it; whether that was done."""
        free = "NOT EXISTS (SELECT 1 FROM uses WHERE volume = ?)"
        return self._database.execute(f"DELETE FROM volumes WHERE name = ? AND {free}", (name, name)) > 0  # noqa: S608

    def use(self, name: str, container: str) -> None:
        """Note that a container uses a volume. Raises sqlite3.IntegrityError when there is no such volume."""
        self._database.execute("INSERT OR IGNORE INTO uses VALUES (?, ?)", (name, container))

    def users(self, name: str) -> list[str]:
        """The containers that use a volume, in the order in which they came."""
        rows = self._database.query("SELECT container FROM uses WHERE volume = ? ORDER BY rowid", (name,))
        return [str(container) for (container,) in rows]

    def used(self) -> set[str]:
        """The volumes that any container uses."""
        return {str(name) for (name,) in self._database.query("SELECT DISTINCT volume FROM uses")}

    def used_by(self, container: str) -> list[str]:
        """The volumes that a container uses."""
        rows = self._database.query("SELECT volume FROM uses WHERE container = ? ORDER BY rowid", (container,))
        return [str(name) for (name,) in rows]

    def containers(self) -> set[str]:
        """All containers that use a volume."""
        return {str(container) for (container,) in self._database.query("SELECT DISTINCT container FROM uses")}

    def release(self, container: str) -> None:
        """Forget all uses of a container."""
        self._database.execute("DELETE FROM uses WHERE container = ?", (container,))


def _record(row: tuple[object, ...]) -> Record:
    name, created, *pairs = row
    labels, options = (None if text is None else json.loads(str(text)) for text in pairs)
    return Record(str(name), str(created), labels, options)
