"""What the network room must not forget: ids of the predefined networks, the pool, every attachment."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

from hutch.model import ids
from hutch.model.network import Attachment
from hutch.storage.database import Database

MIGRATIONS = [
    """
    CREATE TABLE networks (name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, created TEXT NOT NULL);
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE attachments (container TEXT PRIMARY KEY, body TEXT NOT NULL);
    """
]


class NetworkStore:
    """``network.db``."""

    def __init__(self, path: str) -> None:
        self._database = Database(path, MIGRATIONS)

    @property
    def quarantined(self) -> str | None:
        """The name a damaged file was put aside under, for the log."""
        return self._database.quarantined

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def identity(self, name: str) -> tuple[str, str]:
        """(id, time of creation) of a predefined network; drawn when it is first asked for."""
        rows = self._database.query("SELECT id, created FROM networks WHERE name = ?", (name,))
        if not rows:
            now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "000Z")
            rows = [(ids.new(), now)]
            with self._database.transaction(sparing=True) as connection:
                connection.execute("INSERT INTO networks VALUES (?, ?, ?)", (name, *rows[0]))
        return str(rows[0][0]), str(rows[0][1])

    def setting(self, key: str) -> str | None:
        """A remembered choice."""
        rows = self._database.query("SELECT value FROM settings WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def remember(self, key: str, value: str) -> None:
        """Remember a choice, on a full disk too: the daemon makes some when it starts."""
        with self._database.transaction(sparing=True) as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))

    def attachments(self) -> list[Attachment]:
        """All recorded attachments."""
        rows = self._database.query("SELECT body FROM attachments")
        return [Attachment.from_json(json.loads(body)) for (body,) in rows]

    async def record(self, attachment: Attachment) -> None:
        """Write an attachment down; durable when this returns."""
        body = json.dumps(attachment.to_json())
        await asyncio.wrap_future(
            self._database.submit(
                lambda c: (
                    c.execute("INSERT OR REPLACE INTO attachments VALUES (?, ?)", (attachment.container, body)).rowcount
                )
            )
        )

    async def forget(self, container: str) -> None:
        """Strike an attachment out."""
        await asyncio.wrap_future(
            self._database.submit(
                lambda c: c.execute("DELETE FROM attachments WHERE container = ?", (container,)).rowcount, sparing=True
            )
        )
