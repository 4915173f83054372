"""Records that survive: SQLite in WAL mode with ``synchronous=FULL``, one file a room.

    database = Database(path, MIGRATIONS)      # MIGRATIONS[n] brings schema n to n + 1
    with database.transaction() as connection: ...    # one commit, durable when the block ends
    future = database.submit(lambda connection: ...)  # group commit: what comes together is synced together

A damaged file never keeps the daemon from starting: it is put aside under a name that says so, and a new one begins;
``quarantined`` names it, for the log and for ``fsck``. A file written by a newer hutch is refused before anything is
written to it.

On a full disk what frees something can still be recorded: works and transactions that are ``sparing`` (single
``DELETE`` statements are by themselves) may use the reserve (``reserve.py``); all others raise NoSpace.
"""

from __future__ import annotations

import math
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from hutch.model.errors import Conflict, HutchError, NoSpace, System
from hutch.storage import reserve

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
_Item = tuple[Work[Any], Future[Any], bool, float]

_LEAST = 64 << 10  # bytes free below which an I/O error means a full disk: sqlite(3) does not say it of its index
_GROUP = 128  # works in one commit at most, so that none waits for a never-ending queue


class Database:
    """One SQLite file, usable from every thread."""

    def __init__(self, path: str, migrations: Sequence[str]) -> None:
        """Open or make ``path`` and bring it to schema ``len(migrations)``, each an SQL script run once.

        Raises Conflict if the file was written by a newer hutch, OSError or sqlite3.Error if it cannot be opened.
        """
        self._reserve = reserve.Reserve(f"{path}-reserve")
        self._reserve.give()
        self.path = path
        self.quarantined: str | None = None
        self._lock = threading.RLock()
        self._starting = threading.Lock()
        self._works: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not _is_damage(error):
                raise
            self.quarantined = quarantine(path)
            self._connection = _open(path)
        try:
            self._migrate(migrations)
        except BaseException:
            self._connection.close()
            raise

    def _migrate(self, migrations: Sequence[str]) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > len(migrations):
            raise Conflict(
                f"{self.path} has schema version {version} and this hutch knows none above {len(migrations)}",
                hint="it was written by a newer hutch: run that one, or use another data root",
            )
        self._connection.execute("PRAGMA journal_mode=WAL")
        for number in range(version, len(migrations)):
            with self.transaction(sparing=True) as connection:
                for statement in _statements(migrations[number]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={number + 1}")

    @contextmanager
    def transaction(self, *, sparing: bool = False) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed and durable when the block ends, undone when it raises. Nests.

        A ``sparing`` one frees something, or only tells how things are, and has room on a full disk too.
        Raises NoSpace when there is none, System for what else the disk has, sqlite3.Error.
        """
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            if not sparing and self._reserve.short():
                raise NoSpace(self.path)  # what is left is for those that free something
            if sparing and self._reserve.give():
                with suppress(sqlite3.OperationalError):
                    # the journal begins anew in the blocks that it has, so it needs no more of them however long
                    # the disk stays full
                    self._connection.execute("PRAGMA wal_checkpoint(RESTART)")
            try:
                with self._outermost() as connection:
                    yield connection
            except sqlite3.OperationalError as error:
                raise self._kind(error) from error
            self._reserve.take()

    @contextmanager
    def _outermost(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk may have undone it already
                connection.execute("ROLLBACK")
            raise

    def _kind(self, error: sqlite3.OperationalError) -> HutchError:
        """The error in the house's terms: a full disk, or what else is wrong with it."""
        code = error.sqlite_errorcode & 0xFF
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and reserve.free(self.path) < _LEAST):
            return NoSpace(self.path)
        return System(f"{self.path}: {error}")

    def query(self, sql: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a reading statement. Raises sqlite3.Error."""
        with self._lock:
            return self._connection.execute(sql, tuple(parameters)).fetchall()

    def execute(self, sql: str, parameters: Iterable[Any] = ()) -> int:
        """One writing statement in its own transaction; how many rows it changed. Raises as :meth:`transaction`."""
        with self.transaction(sparing=sql.startswith("DELETE")) as connection:
            return connection.execute(sql, tuple(parameters)).rowcount

    def submit(self, work: Work[T], *, sparing: bool = False, patience: float = 0.0) -> Future[T]:
        """Run ``work`` on the writer thread; the future is done when its commit is durable, and fails as
        :meth:`transaction` does.

        Works that wait at the same time share one commit (one fsync); each has its own savepoint, so one that
        raises undoes only itself. The commit waits ``patience`` seconds for further works, or less for one that has
        less. From asyncio: ``await asyncio.wrap_future(database.submit(work))``.
        """
        future: Future[T] = Future()
        with self._starting:  # not the lock: whoever holds that may be waiting for the disk
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name=f"db {self.path}", daemon=True)
                self._writer.start()
            self._works.put((work, future, sparing, time.monotonic() + patience))
        return future

    def _write(self) -> None:
        while True:
            batch = []
            item = self._works.get()
            until = math.inf
            while item is not None:
                batch.append(item)
                until = min(until, item[3])
                if len(batch) >= _GROUP:
                    break
                try:
                    item = self._works.get(timeout=max(0.0, until - time.monotonic()))
                except queue.Empty:
                    break
            self._commit([item for item in batch if item[1].set_running_or_notify_cancel()])
            if item is None:
                return

    def _commit(self, batch: list[_Item]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self.transaction(sparing=any(sparing for _, _, sparing, _ in batch)) as connection:
                for work, future, _, _ in batch:
                    connection.execute("SAVEPOINT work")
                    try:
                        done.append((future, work(connection)))
                    except BaseException as error:
                        connection.execute("ROLLBACK TO work")
                        future.set_exception(
                            self._kind(error) if isinstance(error, sqlite3.OperationalError) else error
                        )
                    connection.execute("RELEASE work")
        except BaseException as error:
            for _, future, _, _ in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for future, result in done:
            future.set_result(result)

    def close(self) -> None:
        """Finish what was submitted, fold the journal into the file and close it."""
        with self._starting:
            writer, self._writer = self._writer, None
        if writer is not None:
            self._works.put(None)
            writer.join()
        with self._lock:
            self._connection.close()
        # They were removed just now, and the next process, which may find no inode left, needs them.
        for suffix in ("-wal", "-shm"):
            with suppress(OSError):
                os.close(os.open(self.path + suffix, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))


def quarantine(path: str) -> str:
    """Put a damaged database and its journal aside; the new name of the file."""
    aside = f"{path}.damaged-{time.strftime('%Y%m%dT%H%M%S')}-{os.urandom(2).hex()}"
    for suffix in ("", "-wal", "-shm"):
        if os.path.lexists(path + suffix):
            os.rename(path + suffix, aside + suffix)
    return aside


def _open(path: str) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        answer = connection.execute("PRAGMA quick_check(1)").fetchall()
        if answer != [("ok",)]:
            raise sqlite3.DatabaseError(f"integrity check of {path}: {answer[0][0]}")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_damage(error: sqlite3.OperationalError) -> bool:
    """Whether an operational error means a broken file, and not a locked one or a full disk."""
    return (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _statements(script: str) -> list[str]:
    """The statements of a script: sqlite3's own ``executescript`` would commit what came before it."""
    result, current = [], ""
    for part in script.split(";"):
        current += part + ";"
        if sqlite3.complete_statement(current):
            result.append(current)
            current = ""
    return [s for s in result if s.strip(" \n;")]
